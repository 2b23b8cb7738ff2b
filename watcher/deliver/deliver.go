// Package deliver empties the outbox into receivers.
package deliver

import (
	"context"
	"io"
	"log/slog"
	"net/http"
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
	URL     egress.Secret            // webhook, slack
	Secrets []egress.Secret          // webhook: Standard Webhooks keys (whsec_...); each signs, for a change of key without a gap
	Header  map[string]egress.Secret // webhook: further headers
	Path    string                   // file: JSON Lines are appended
	Timeout time.Duration            // of one attempt; 0 means 15 s
}

// Config is what a Deliverer needs.
type Config struct {
	Outbox    Outbox
	Receivers []Receiver
	Transport http.RoundTripper // egress.Transport in production
	Stdout    io.Writer         // of receivers of kind stdout
	Colour    bool              // mark matched words by colour on Stdout
	Source    string            // CloudEvents source; "" means "feedwatch"
	UserAgent string
	Log       *slog.Logger
	Settled   func(receiver string, a storage.Attempt, alert storage.Alert) // called after each settled attempt; may be nil
}

// Deliverer runs one worker a receiver.
type Deliverer struct{}

// New checks the receivers and makes a Deliverer that is not yet running.
func New(c Config) (*Deliverer, error) { panic("unwritten") }

// Check says what is wrong with a receiver, or nil.
func Check(r Receiver) error { panic("unwritten") }

// Run delivers until the context ends, then waits for attempts under way to be
// settled (each bounded by its timeout, at most 5 s here). It returns an error
// only when the outbox fails for good.
func (d *Deliverer) Run(ctx context.Context) error { panic("unwritten") }

// Wake tells the workers of these receivers that something is due.
func (d *Deliverer) Wake(receivers ...string) { panic("unwritten") }

// Reload replaces the receivers: workers of those that are gone or changed end
// and are replaced, the others go on. On an error nothing changes.
func (d *Deliverer) Reload(receivers []Receiver) error { panic("unwritten") }

// Drain delivers what is due now, at most once each, and returns when nothing
// is due any more: for one-shot commands, without Run.
func (d *Deliverer) Drain(ctx context.Context) error { panic("unwritten") }

// Try sends one test alert to a receiver at once, past the outbox.
func (d *Deliverer) Try(ctx context.Context, receiver string) (storage.Attempt, error) {
	panic("unwritten")
}
