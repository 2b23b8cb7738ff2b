package main

import (
	"github.com/feedwatch/feedwatch/seeds/lexicon"
	"github.com/feedwatch/feedwatch/watcher/story"
)

// storiesCommand is everything about stories: which texts tell the same event.
type storiesCommand struct {
	List  storiesListCommand  `cmd:"" default:"withargs" help:"List the stories of the archive, or group the documents of a file. This is what stories does without a verb."`
	Show  storiesShowCommand  `cmd:"" help:"Show one story with its outlets on a time line."`
	Merge storiesMergeCommand `cmd:"" help:"Make one story of several."`
	Split storiesSplitCommand `cmd:"" help:"Take items out of a story."`
	Eval  storiesEvalCommand  `cmd:"" help:"Score the grouping on labelled documents."`
}

// Help implements kong.HelpProvider.
func (storiesCommand) Help() string {
	return `What a person merges or splits stays so, whatever the texts are like. Of a story that
was alerted, what joins it later is a follow-up; an alert that was held for more outlets
goes out when a merging brings them; what was split off is told anew when more comes.

  feedwatch stories --since 7d --rule azure-exclusivity --least 3
  feedwatch stories show 06bq1v0s4
  feedwatch stories merge 06bq1v0s4 06bq2c1t8
  feedwatch stories split 06bq1v0s4 06bq2c1t8

A line of FILE.jsonl is an object with id, title, text (HTML, if it holds a tag or a
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
