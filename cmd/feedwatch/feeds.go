package main

// feedsCommand is everything about feeds: those of the configuration, those of a
// page, and what a feed document says.
type feedsCommand struct {
	Parse feedsParseCommand `cmd:"" help:"Show feed documents as this program understands them."`
}
