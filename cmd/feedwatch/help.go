package main

// What --help says of each verb below its one line: how it behaves, and an
// example that can be typed.

// Help implements kong.HelpProvider.
func (runCommand) Help() string {
	return `Polls the feeds when they are due, matches what is new, and posts alerts, until
it gets SIGTERM or Ctrl-C. SIGHUP reads the configuration again.

Without --config it watches the built-in feeds with the built-in rules and
prints alerts on standard output.

  feedwatch
  feedwatch run --config /etc/feedwatch/feedwatch.yaml`
}

// Help implements kong.HelpProvider.
func (demoCommand) Help() string {
	return `Nothing leaves this machine, and nothing is kept.

  feedwatch demo
  feedwatch demo --for 15s`
}

// Help implements kong.HelpProvider.
func (checkCommand) Help() string {
	return `Prints everything that is wrong, each with its file:line:column, and exits 1.

  feedwatch check --config feedwatch.yaml`
}

// Help implements kong.HelpProvider.
func (pollCommand) Help() string {
	return `The running daemon polls, or this process does where none runs. A feed's first
listing is taken in silence unless --backfill asks for some of it.

  feedwatch poll --config feedwatch.yaml
  feedwatch poll --backfill 3 https://example.com/feed.xml`
}

// Help implements kong.HelpProvider.
func (statusCommand) Help() string {
	return `Exits 69 where no daemon runs.

  feedwatch status
  feedwatch status --json | jq '.feeds[] | select(.health != "fine")'`
}

// Help implements kong.HelpProvider.
func (reloadCommand) Help() string {
	return `A bad configuration leaves the running one as it was; the reason is printed and
the exit code is 1.

  feedwatch reload --config feedwatch.yaml`
}

// Help implements kong.HelpProvider.
func (testSendCommand) Help() string {
	return `Sends past the outbox, once, and prints what the receiver answered.

  feedwatch test-send --config feedwatch.yaml ai-desk`
}

// Help implements kong.HelpProvider.
func (matchCommand) Help() string {
	return `A line of .jsonl is an object with id, title, text (HTML, if it holds a tag or a
character reference), url and author, and for rules that ask also feed, language,
tags, categories and tier; the language is detected where a rule asks and a line
has none. The title of a .txt or .md file is its first line. A
document that can't be read is reported with its file and line; the others are
matched all the same, and the exit code is 1.

  feedwatch match news.jsonl
  feedwatch match --rules rules.yaml --rules seeds --json - <news.jsonl`
}

// Help implements kong.HelpProvider.
func (rulesTestCommand) Help() string {
	return `Prints TAP, which test runners read. A test is a title that a rule must match or
must not; a failed one names the clause that decided.

  feedwatch rules test
  feedwatch rules test rules.yaml`
}

// Help implements kong.HelpProvider.
func (rulesLintCommand) Help() string {
	return `Besides errors it names rules that can't match or match everything, a term that
another makes needless, a NOT that never fires, wildcards that match very many
words, words that are in every text, and rules without a test.

  feedwatch rules lint rules.yaml`
}

// Help implements kong.HelpProvider.
func (rulesExplainCommand) Help() string {
	return `A line a clause: + before what holds, with its words and their places, and -
before what doesn't, with what came closest.

  feedwatch rules explain azure-exclusivity article.txt
  feedwatch rules explain --rules rules.yaml --why-not azure-exclusivity - <article.txt`
}

// Help implements kong.HelpProvider.
func (rulesFmtCommand) Help() string {
	return `Queries are written as they are understood: AND in full, brackets where AND
stands beside OR, long ones in a block with a clause a line. Comments and all
else stay as they are.

  feedwatch rules fmt rules.yaml
  feedwatch rules fmt -w rules.yaml`
}

// Help implements kong.HelpProvider.
func (rulesDiffCommand) Help() string {
	return `Matches the documents against both packs, and lists for each rule those that only
one of the two matches.

  feedwatch rules diff seeds rules.yaml news.jsonl
  git show HEAD:rules.yaml >old.yaml; feedwatch rules diff old.yaml rules.yaml news.jsonl`
}
