package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// setup are the flags of every verb that reads the configuration.
type setup struct {
	Config string `short:"c" help:"Configuration file; without one the built-in rules and feeds are used." placeholder:"FILE" type:"path"`
}

// runCommand is the daemon.
type runCommand struct {
	setup
	LogLevel slog.Level `help:"debug, info, warn or error." default:"info"`
	LogJSON  bool       `name:"log-json" help:"Log in JSON Lines."`
}

// Run implements the verb.
func (c *runCommand) Run(ctx context.Context, p *program) error {
	d, err := p.open(ctx, c.Config, newLogger(p.stderr, logOptions{Level: c.LogLevel, JSON: c.LogJSON}))
	if err != nil {
		return err
	}
	return errors.Join(d.run(ctx), d.store.Close())
}

// daemon is a Watcher with all that surrounds it in a running process.
type daemon struct {
	program   *program
	load      func() (*config, error) // reads the configuration again
	log       *slog.Logger
	store     storage.Store
	transport *transport
	watcher   *watcher.Watcher
	notify    notifier

	mu     sync.Mutex // held through a reload
	config *config
}

// open reads the configuration and builds the daemon.
func (p *program) open(ctx context.Context, path string, log *slog.Logger) (*daemon, error) {
	cfg, err := loadConfig(path, p.env)
	if err != nil {
		return nil, &exitError{exitBadSetup, err}
	}
	if n := len(cfg.Warnings); n > 0 {
		log.Warn("the configuration has " + plural(n, "warning") + ": feedwatch check shows them")
	}
	return p.build(ctx, cfg, log, func() (*config, error) { return loadConfig(path, p.env) })
}

// build opens the store and builds the daemon over it. A reload reads the
// configuration by load.
func (p *program) build(ctx context.Context, cfg *config, log *slog.Logger, load func() (*config, error)) (*daemon, error) {
	store, err := boltdb.Open(ctx, cfg.State, boltdb.Options{})
	if err != nil {
		return nil, openFailed(err)
	}
	d := &daemon{
		program: p, load: load, config: cfg, log: log, store: store,
		transport: newTransport(cfg), notify: newNotifier(log),
	}
	d.watcher, err = watcher.New(watcher.Config{
		Store: store, Transport: d.transport, UserAgent: userAgent(cfg.Contact), Version: version(),
		Stdout: p.stdout, Colour: isTerminal(p.stdout) && showsColour(), Log: log, Settings: cfg.Settings,
		Grouping: grouping(),
	})
	if err != nil {
		return nil, errors.Join(&exitError{exitBadSetup, err}, store.Close())
	}
	return d, nil
}

// openFailed gives a store that can't be opened its exit code: one that another
// process has is worth another try, one that needs a person is not.
func openFailed(err error) error {
	switch {
	case errors.Is(err, storage.ErrInUse):
		return &exitError{exitAgain, err}
	case errors.Is(err, storage.ErrDamaged), errors.Is(err, storage.ErrNewer):
		return &exitError{exitBadSetup, err}
	}
	return err
}

// run serves until the context ends, then stops in order: no new polls and
// deliveries, those under way settled, then the endpoints.
func (d *daemon) run(ctx context.Context) error {
	status, err := d.listenStatus()
	if err != nil {
		return err
	}
	control, err := listenControl(d.controlPath())
	if err != nil {
		return errors.Join(err, closeListener(status))
	}
	hangup := make(chan os.Signal, 1) // From here on, so that no SIGHUP ends the process.
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	g, ctx := errgroup.WithContext(ctx)
	serve(ctx, g, control, d.controlHandler())
	if status != nil {
		serve(ctx, g, status, d.watcher.Handler(d.config.StatusToken.Reveal()))
		d.log.Info("status page", "url", "http://"+status.Addr().String()+"/")
	}
	g.Go(func() error { return d.watcher.Run(ctx) })
	g.Go(func() error { d.announce(ctx); return nil })
	g.Go(func() error { d.reloadOn(ctx, hangup); return nil })
	g.Go(func() error { d.notify.Watchdog(ctx, d.watcher.Alive); return nil })
	err = g.Wait()
	if err == nil {
		d.log.Info("stopped")
	}
	return err
}

// listenStatus opens the status endpoint's address, or nothing where it is off.
func (d *daemon) listenStatus() (net.Listener, error) {
	if d.config.StatusListen == "off" {
		return nil, nil
	}
	l, err := net.Listen("tcp", d.config.StatusListen)
	if err != nil {
		return nil, fmt.Errorf("the status endpoint can't listen (status.listen in the configuration; \"off\" does without it): %w", err)
	}
	return l, nil
}

func closeListener(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

// serve answers on l until the context ends; answers under way get two seconds.
func serve(ctx context.Context, g *errgroup.Group, l net.Listener, h http.Handler) {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if s.Shutdown(grace) != nil {
			return s.Close()
		}
		return nil
	})
}

// announce tells the service manager that the daemon is ready, and later that it
// stops.
func (d *daemon) announce(ctx context.Context) {
	select {
	case <-d.watcher.Ready():
		d.mu.Lock()
		text := "watching " + d.config.summary()
		d.mu.Unlock()
		d.log.Info(text)
		d.notify.Ready(text)
	case <-ctx.Done():
	}
	<-ctx.Done()
	d.notify.Stopping("finishing deliveries under way")
}

// reloadOn reloads at each signal.
func (d *daemon) reloadOn(ctx context.Context, hangup <-chan os.Signal) {
	for {
		select {
		case <-hangup:
			_, _ = d.reload(ctx) // It has told the log.
		case <-ctx.Done():
			return
		}
	}
}

// reload reads the configuration again and makes it count. A bad one leaves all
// as it was. The text says what runs now.
func (d *daemon) reload(ctx context.Context) (string, error) {
	select {
	case <-d.watcher.Ready():
	case <-ctx.Done():
		return "", ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notify.Reloading()
	cfg, err := d.load()
	if err == nil {
		d.transport.set(cfg)
		if err = d.watcher.Reload(ctx, cfg.Settings); err != nil {
			d.transport.set(d.config)
		}
	}
	d.watcher.Reloaded(err == nil)
	if err != nil {
		d.logFailedReload(err)
		d.notify.Ready("watching " + d.config.summary() + "; the last reload failed: " + err.Error())
		return "", err
	}
	text := "watching " + cfg.summary()
	if cfg.State != d.config.State || cfg.StatusListen != d.config.StatusListen || cfg.StatusToken != d.config.StatusToken {
		text += "; state and status change only at a restart"
		cfg.State, cfg.StatusListen, cfg.StatusToken = d.config.State, d.config.StatusListen, d.config.StatusToken
	}
	d.config = cfg
	d.log.Log(ctx, levelNotice, "reloaded: "+text)
	d.notify.Ready(text)
	return text, nil
}

// logFailedReload logs each place that is wrong on a line of its own.
func (d *daemon) logFailedReload(err error) {
	const msg = "reload failed; the running configuration stays"
	places := strictyaml.Errors(err)
	for _, e := range places {
		d.log.Error(msg, "error", e.Error(), "hint", e.Hint)
	}
	if len(places) == 0 {
		d.log.Error(msg, "error", err)
	}
}

// summary counts what a configuration watches.
func (c *config) summary() string {
	return fmt.Sprintf("%s with %s for %s", plural(len(c.Settings.Feeds), "feed"),
		plural(len(c.Settings.Rules.Rules()), "rule"), plural(len(c.Settings.Receivers), "receiver"))
}

// transport is the way out under the policy of the present configuration.
type transport struct {
	current atomic.Pointer[http.Transport]
}

func newTransport(c *config) *transport {
	t := new(transport)
	t.set(c)
	return t
}

// set exchanges the policy; requests under way end under the old one.
func (t *transport) set(c *config) {
	if old := t.current.Swap(egress.Transport(egress.Policy{Allow: c.Network})); old != nil {
		old.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.current.Load().RoundTrip(r)
}
