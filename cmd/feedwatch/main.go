// Command feedwatch watches news feeds and posts alerts about what matches.
//
// Here everything is wired together: the configuration file becomes
// watcher.Settings (config.go), verbs become calls on a Watcher (a file a
// verb), and a running daemon is spoken to over its control socket
// (control.go). The tour of the daemon itself starts in package watcher.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
)

// The exit codes are those of sysexits.h, so that a service manager can tell
// what is worth a restart. 2 is left to Go's own crashes, which are.
const (
	exitNo       = 1  // the answer is no: a check or a test failed
	exitUsage    = 64 // the command line is wrong
	exitService  = 69 // a needed service is not there: the daemon is down
	exitAgain    = 75 // try again: another process has the store
	exitBadSetup = 78 // the configuration, or the store it names, is not usable
)

// exitError is an error that chooses the exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// program is one invocation: what it reads its surroundings from and writes to.
type program struct {
	env            environment
	stdin          io.Reader
	stdout, stderr io.Writer
}

// commands is the command line, as kong reads it.
type commands struct {
	Run      runCommand      `cmd:"" default:"withargs" help:"Watch the feeds until told to stop. This is what feedwatch does without a verb."`
	Demo     demoCommand     `cmd:"" help:"Show the whole thing offline: feeds made of a few briefs, alerts on standard output, a status page."`
	Check    checkCommand    `cmd:"" help:"Check configuration, rules, schedules and secrets without running."`
	Poll     pollCommand     `cmd:"" help:"Poll once now, deliver, and exit."`
	Match    matchCommand    `cmd:"" help:"Match documents against rules."`
	Backtest backtestCommand `cmd:"" help:"Try rules on the archive, or score them on labelled documents."`
	Stories  storiesCommand  `cmd:"" help:"Show which documents tell the same event."`
	Seed     seedCommand     `cmd:"" help:"Draft a rule pack from documents about one topic."`
	Items    itemsCommand    `cmd:"" help:"List the archive: every item seen, whether or not a rule matched it."`
	Rules    rulesCommand    `cmd:"" help:"Test, lint, explain, lay out and compare rules."`
	Feeds    feedsCommand    `cmd:"" help:"List, find, check and change feeds, and show what a feed document says."`
	Status   statusCommand   `cmd:"" help:"Show how the running daemon fares."`
	Alerts   alertsCommand   `cmd:"" help:"Show what was alerted, and why."`
	Outbox   outboxCommand   `cmd:"" help:"Show the alerts that are under way, delivered or given up, and send dead letters again."`
	Reload   reloadCommand   `cmd:"" help:"Make the running daemon read its configuration again; waits, and fails with the reason."`
	Backup   backupCommand   `cmd:"" help:"Write a copy of the store to a file, while the daemon runs or not."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup in the place of the store."`
	Compact  compactCommand  `cmd:"" help:"Give the room that the store does not use back to the disk."`
	TestSend testSendCommand `cmd:"" name:"test-send" help:"Send a test alert to a receiver."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second signal ends the process at once.
	p := &program{env: osEnvironment(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(p.main(ctx, os.Args[1:]))
}

// main runs one command line and gives the exit code.
func (p *program) main(ctx context.Context, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helped); !ok {
				panic(r)
			}
		}
	}()
	parser := kong.Must(&commands{},
		kong.Name("feedwatch"),
		kong.Description("Watches news feeds, and posts an alert when something new matches your rules."),
		kong.Writers(p.stdout, p.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Exit(func(int) { panic(helped{}) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p),
	)
	call, err := parser.Parse(args)
	if err != nil {
		return p.fail(&exitError{exitUsage, misspelt(parser, args, err)})
	}
	return p.fail(call.Run())
}

// misspelt turns kong's error into one about the verb, where that is what is
// wrong: with a default verb kong takes an unknown one for its argument.
func misspelt(parser *kong.Kong, args []string, err error) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return err
	}
	var verbs []string
	for _, c := range parser.Model.Children {
		verbs = append(verbs, c.Name)
	}
	if slices.Contains(verbs, args[0]) {
		return err
	}
	if near := strictyaml.Nearest(args[0], verbs); near != "" {
		return fmt.Errorf("there is no verb %q: did you mean %q?", args[0], near)
	}
	return fmt.Errorf("there is no verb %q: feedwatch --help lists them", args[0])
}

// helped unwinds from kong's help, which believes that it ends the process.
type helped struct{}

// fail prints an error, with its remedy where it has one, and gives the exit
// code for it.
func (p *program) fail(err error) int {
	if err == nil {
		return 0
	}
	p.explain(err)
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	return exitNo
}
