package main

import (
	"github.com/feedwatch/feedwatch/seeds/lexicon"
	"github.com/feedwatch/feedwatch/watcher/story"
)

// storiesCommand is everything about stories: which texts tell the same event.
type storiesCommand struct {
	List storiesListCommand `cmd:"" default:"withargs" help:"Group the documents of a file. This is what stories does without a verb."`
	Eval storiesEvalCommand `cmd:"" help:"Score the grouping on labelled documents."`
}

// Help implements kong.HelpProvider.
func (storiesCommand) Help() string {
	return `A line of FILE.jsonl is an object with id, title, text (HTML, if it holds a tag or a
character reference), url, author and published. Documents are grouped as they
would be if they arrived in order of time; one without a time comes with the one
before it.

  feedwatch stories news.jsonl
  feedwatch stories --json - <news.jsonl
  feedwatch stories eval labelled.jsonl`
}

// grouping is how stories are told apart: by what the shipped lexicon knows of
// English.
func grouping() story.Config {
	return story.Config{Rarity: lexicon.Rarity, Name: isProperName}
}

// isProperName tells of a word that it is no common one: the lexicon lacks it, or
// has it only from the news, and seldom.
func isProperName(word string) bool {
	const seldom = 8
	return !lexicon.Known(word) || lexicon.Parts(word) == 0 && lexicon.Rarity(word) > seldom
}
