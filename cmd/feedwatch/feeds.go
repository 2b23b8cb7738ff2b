package main

// feedsCommand is everything about feeds: those of the configuration, those of a
// page, and what a feed document says.
type feedsCommand struct {
	List     feedsListCommand     `cmd:"" help:"List the configured feeds with what is known of each."`
	Add      feedsAddCommand      `cmd:"" help:"Add a feed to the configuration file."`
	Remove   feedsRemoveCommand   `cmd:"" help:"Take a feed out of the configuration file."`
	Discover feedsDiscoverCommand `cmd:"" help:"Look for the feeds of a page."`
	Check    feedsCheckCommand    `cmd:"" help:"Ask for every feed once, and say what ails it."`
	Import   feedsImportCommand   `cmd:"" help:"Add the feeds of an OPML list to the configuration file."`
	Export   feedsExportCommand   `cmd:"" help:"Write the feeds as an OPML list."`
	Parse    feedsParseCommand    `cmd:"" help:"Show feed documents as this program understands them."`
}
