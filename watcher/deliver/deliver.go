package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// Outbox is the part of a storage.Store that is emptied here.
type Outbox interface {
	Claim(ctx context.Context, r storage.ClaimRequest) (storage.Claimed, error)
	Settle(ctx context.Context, o storage.Outcome) error
}

// Receiver is where alerts go.
type Receiver struct {
	Name    string
	Kind    string                   // stdout, file, webhook, slack
	URL     egress.Secret            // webhook, slack; with Token, the address of Slack's Web API where it is not the usual one
	Secrets []egress.Secret          // webhook: Standard Webhooks keys (whsec_...); each signs, for a change of key without a gap
	Header  map[string]egress.Secret // webhook: further headers
	Path    string                   // file: alerts are appended
	Format  string                   // file: one of Formats; "" means JSON Lines
	Timeout time.Duration            // of one attempt; 0 means 15 s

	Token     egress.Secret // slack: a bot's token (xoxb-...), in place of URL; its messages can have threads
	Channel   string        // slack, with Token: where the bot posts
	Followups string        // how it follows a story it was told of: thread, each, digest, none; "" is what suits its kind
}

// Threads tells whether the receiver can hang a message on an earlier one.
func (r Receiver) Threads() bool { return r.Token != "" }

// Config is what a Deliverer needs.
type Config struct {
	Outbox    Outbox // may be nil where only Try is called
	Receivers []Receiver
	Transport http.RoundTripper // egress.Transport in production; nil means one that reaches public addresses only
	Stdout    io.Writer         // of receivers of kind stdout; nil means os.Stdout
	Colour    bool              // mark matched words by colour on Stdout
	Source    string            // CloudEvents source; "" means "feedwatch"
	UserAgent string            // "" means "feedwatch"
	Log       *slog.Logger      // nil means none
	// Settled is called after each settled attempt, from several goroutines;
	// it may be nil.
	Settled func(receiver string, a storage.Attempt, alert storage.Alert)
}

// Deliverer runs one worker a receiver. Its methods may be called concurrently,
// but Run and Drain not together.
type Deliverer struct {
	config  Config
	options options
	client  *http.Client
	changed chan struct{} // holds one signal: Run should look at lanes again

	mu    sync.Mutex
	lanes map[string]*lane // receiver → its lane; replaced whole
}

// New checks the receivers and makes a Deliverer that is not yet running.
func New(c Config) (*Deliverer, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Transport == nil {
		c.Transport = egress.Transport(egress.Policy{})
	}
	if c.Stdout == nil {
		c.Stdout = os.Stdout
	}
	d := &Deliverer{
		config: c,
		options: options{
			source: cmp.Or(c.Source, "feedwatch"), userAgent: cmp.Or(c.UserAgent, "feedwatch"),
			colour: c.Colour, stdout: newPrinter(c.Stdout),
		},
		client: &http.Client{
			Transport:     c.Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		changed: make(chan struct{}, 1),
	}
	if err := d.Reload(c.Receivers); err != nil {
		return nil, err
	}
	return d, nil
}

// Reload replaces the receivers: workers of those that are gone or changed end
// and are replaced, the others go on. An attempt under way is let come to its
// end, for which only the worker that follows it waits, and no receiver has two
// workers at any time. On an error nothing changes.
func (d *Deliverer) Reload(receivers []Receiver) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	lanes := make(map[string]*lane, len(receivers))
	for _, r := range receivers {
		if err := Check(r); err != nil {
			return fmt.Errorf("receiver %q: %w", r.Name, err)
		}
		if lanes[r.Name] != nil {
			return fmt.Errorf("receiver %q is configured twice; rename one", r.Name)
		}
		lanes[r.Name] = d.lanes[r.Name]
		if lanes[r.Name] == nil || !lanes[r.Name].same(r) {
			lanes[r.Name] = d.newLane(r)
		}
	}
	d.lanes = lanes
	signal(d.changed)
	return nil
}

func (d *Deliverer) newLane(r Receiver) *lane {
	keys, _ := signingKeys(r) // Check has seen them, and the kind
	k, _ := kindOf(r)
	secrets := append([]egress.Secret{r.Token}, r.Secrets...)
	if r.Token == "" { // The address of an API is none.
		secrets = append(secrets, r.URL)
	}
	for _, value := range r.Header {
		secrets = append(secrets, value)
	}
	return &lane{
		receiver: r, kind: k, keys: keys, secrets: secrets,
		options: d.options, client: d.client, outbox: d.config.Outbox, settled: d.config.Settled,
		log: d.config.Log.With("receiver", r.Name), wake: make(chan struct{}, 1),
	}
}

// signal leaves a signal that is not lost and blocks nobody.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Wake tells the workers of these receivers that something is due. Names of
// others are passed over.
func (d *Deliverer) Wake(receivers ...string) {
	lanes := d.current()
	for _, name := range receivers {
		if l := lanes[name]; l != nil {
			signal(l.wake)
		}
	}
}

// current is the lanes as they are now. The map is not changed after.
func (d *Deliverer) current() map[string]*lane {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lanes
}

var errNoOutbox = errors.New("deliver: no outbox to empty; set Config.Outbox")

// Run delivers until the context ends, then waits for attempts under way to be
// settled (each bounded by its timeout, at most 5 s here). An outbox that fails
// is asked again every few seconds for as long as the context lasts, so the
// only error is a configuration without one.
func (d *Deliverer) Run(ctx context.Context) error {
	if d.config.Outbox == nil {
		return errNoOutbox
	}
	var running workers
	for ctx.Err() == nil {
		running = running.follow(ctx, d.current())
		select {
		case <-ctx.Done():
		case <-d.changed:
		}
	}
	for _, w := range running {
		w.cancel()
		<-w.done
	}
	return nil
}

// Drain delivers what is due now, at most once each, and returns when nothing
// is due any more: for one-shot commands, without Run. A receiver that has to
// be tried again later is left alone for the rest: what else is due for it
// stays so. The error is the context's or the outbox's; failed deliveries are in
// the outbox.
func (d *Deliverer) Drain(ctx context.Context) error {
	if d.config.Outbox == nil {
		return errNoOutbox
	}
	lanes := d.current()
	errs := make([]error, 0, len(lanes))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, l := range lanes {
		wg.Go(func() {
			if err := l.drain(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, fmt.Errorf("receiver %q: %w", l.receiver.Name, err))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Try sends one test alert to a receiver at once, past the outbox and its pace.
// The attempt says how it ended; the error is only that there is no such
// receiver.
func (d *Deliverer) Try(ctx context.Context, receiver string) (storage.Attempt, error) {
	lanes := d.current()
	l := lanes[receiver]
	if l == nil {
		names := make([]string, 0, len(lanes))
		for name := range lanes {
			names = append(names, name)
		}
		slices.Sort(names)
		return storage.Attempt{}, fmt.Errorf("no receiver %q; there are %q", receiver, names)
	}
	return l.try(ctx), nil
}
