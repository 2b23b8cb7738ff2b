package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// checkCommand checks a configuration without running it.
type checkCommand struct{ setup }

// Run implements the verb.
func (c *checkCommand) Run(p *program) error {
	cfg, err := loadConfig(c.Config, p.env)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintln(p.stderr, "warning: "+w.Detail())
	}
	_, err = fmt.Fprintln(p.stdout, "ok: "+cfg.summary())
	return err
}

// reloadCommand makes the running daemon read its configuration again.
type reloadCommand struct{ setup }

// Run implements the verb.
func (c *reloadCommand) Run(ctx context.Context, p *program) error {
	var text string
	if err := p.askDaemon(ctx, c.Config, http.MethodPost, "/reload", nil, &text); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, "reloaded: "+text)
	return err
}

// testSendCommand sends a test alert.
type testSendCommand struct {
	setup
	Receiver string `arg:"" help:"Name of the receiver in the configuration."`
}

// Run implements the verb. The running daemon sends, for it may hold credentials
// that this process does not; without one this process does. The store is not
// needed for either.
func (c *testSendCommand) Run(ctx context.Context, p *program) error {
	var a storage.Attempt
	form := url.Values{"receiver": {c.Receiver}}
	err := p.askDaemon(ctx, c.Config, http.MethodPost, "/test-send", form, &a)
	if errors.Is(err, errDown) {
		a, err = c.sendHere(ctx, p)
	}
	if err != nil {
		return err
	}
	took := a.Ended.Sub(a.Started).Round(time.Millisecond)
	if a.Verdict != storage.Done {
		return fmt.Errorf("%s did not take the test alert (%s after %v): %s", c.Receiver, a.Verdict, took, a.Detail)
	}
	_, err = fmt.Fprintf(p.stdout, "%s took the test alert in %v\n", c.Receiver, took)
	return err
}

// sendHere sends from this process.
func (c *testSendCommand) sendHere(ctx context.Context, p *program) (storage.Attempt, error) {
	cfg, err := loadConfig(c.Config, p.env)
	if err != nil {
		return storage.Attempt{}, &exitError{exitBadSetup, err}
	}
	out, err := deliver.New(deliver.Config{
		Receivers: cfg.Settings.Receivers, Transport: newTransport(cfg), Stdout: p.stdout,
		Colour: isTerminal(p.stdout) && showsColour(), UserAgent: userAgent(cfg.Contact),
		Log: newLogger(p.stderr, logOptions{Level: slog.LevelError}),
	})
	if err != nil {
		return storage.Attempt{}, err
	}
	return out.Try(ctx, c.Receiver)
}
