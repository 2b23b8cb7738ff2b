package watcher_test

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// pipes are a network in memory: real HTTP over net.Pipe, so that broken
// connections and slow answers can be had under a fake clock. They are the
// listener of the one server, which all hosts lead to save two, until they are
// well: "shut" closes the connection before it reads anything, and "gone" is
// not there.
type pipes struct {
	well      atomic.Bool
	conns     chan net.Conn
	closed    chan struct{}
	server    http.Server
	serving   sync.WaitGroup // the server and its handlers, which its Close does not wait for
	transport *http.Transport
}

// newPipedWorld makes a world whose web is reached over pipes. It belongs into a
// bubble of synctest; end the pipes there.
func newPipedWorld(t *testing.T, change func(*watcher.Config)) (*world, *pipes) {
	t.Helper()
	p := &pipes{
		conns: make(chan net.Conn), closed: make(chan struct{}),
		transport: egress.Transport(egress.Policy{}),
	}
	p.transport.DialContext = p.dial
	x := newWorld(t, func(c *watcher.Config) {
		web := c.Transport.(*web)
		p.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.serving.Add(1)
			defer p.serving.Done()
			web.ServeHTTP(w, r)
		})
		c.Transport = p.transport
		c.Feeds[0].URL = local("http://host", feedURL)
		c.Receivers[0].URL = egress.Secret(local("http://host", hookURL))
		if change != nil {
			change(c)
		}
	})
	p.serving.Go(func() { _ = p.server.Serve(p) })
	return x, p
}

// end ends the server and waits for all that it does.
func (p *pipes) end() {
	p.transport.CloseIdleConnections()
	_ = p.server.Close()
	p.serving.Wait()
}

func (p *pipes) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	here, there := net.Pipe()
	switch host, _, _ := strings.Cut(addr, ":"); {
	case p.well.Load():
	case host == "shut":
		return here, there.Close()
	case host == "gone":
		return nil, errors.New("no route to host")
	}
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error { close(p.closed); return nil }

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

const (
	illURL   = "https://ill.example/in"
	otherURL = "https://other.example/in" // where a redirect leads
)

// illReceivers are the ways in which a receiver fails for an hour. says is what
// the first attempt says, "" for anything; dead tells that it is the last one, too.
var illReceivers = []struct {
	name   string
	answer http.HandlerFunc // nil: it closes the connection when the request has come
	host   string           // see pipes; "" means one that is there
	says   string
	dead   bool
	pause  time.Duration // what it asked for
}{
	{name: "400", answer: status(http.StatusBadRequest), says: "rejected", dead: true},
	{name: "401", answer: status(http.StatusUnauthorized), says: "unauthorised", dead: true},
	{name: "410", answer: status(http.StatusGone), says: "gone", dead: true},
	{name: "429 with Retry-After", answer: status(http.StatusTooManyRequests, "Retry-After", "900"), says: "rate-limited", pause: 15 * time.Minute},
	{name: "500", answer: status(http.StatusInternalServerError), says: "server-error"},
	{name: "503 with Retry-After", answer: status(http.StatusServiceUnavailable, "Retry-After", "900"), says: "server-error", pause: 15 * time.Minute},
	{name: "a redirect", answer: status(http.StatusTemporaryRedirect, "Location", local("http://host", otherURL)), says: "redirect"},
	{name: "no answer in time", answer: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, says: "timeout"},
	{name: "an answer that drips", answer: drip, says: "timeout"},
	{name: "a host that is not there", host: "gone", says: "unreachable"},
	{name: "a connection that closes at once", host: "shut"}, // unreachable or broken: it depends on who is quicker.
	{name: "a connection that closes after the request", says: "broken"},
}

// drip begins to answer no and does not come to an end of it.
func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		_, _ = w.Write([]byte("X-A: b\r\n"))
		time.Sleep(time.Second) // Of fake time.
	}
}

func TestIllReceiverLosesNothingAndDelaysNoOther(t *testing.T) {
	for _, c := range illReceivers {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				url := local("http://"+cmp.Or(c.host, "host"), illURL)
				x, network := newPipedWorld(t, func(w *watcher.Config) {
					w.Receivers = append([]deliver.Receiver{{
						Name: "ill", Kind: "webhook", URL: egress.Secret(url), Timeout: 2 * time.Second,
					}}, w.Receivers...)
				})
				defer func() { x.store.Close() }() // The one of the last run.
				defer network.end()
				if c.answer != nil {
					x.web.serve(illURL, c.answer)
				}
				x.web.serve(otherURL, status(http.StatusOK))
				x.publishAndRun(time.Hour)
				x.toldAtOnce()
				x.failedFirst(c.says, c.dead, c.pause)
				if n := len(x.web.to(otherURL)); n != 0 {
					t.Errorf("%d requests to where a redirect led, want none", n)
				}
				tries := len(x.web.to(illURL))
				x.web.serve(illURL, status(http.StatusOK))
				network.well.Store(true)
				x.run(6 * time.Hour)
				x.deliveredOnce(tries, c.dead)
			})
		})
	}
}

// publishAndRun brings one alert about and goes on for a while.
func (x *world) publishAndRun(d time.Duration) {
	x.Helper()
	x.web.serve(feedURL, rss(entry{id: "1", title: offTopic}))
	x.run(time.Minute)
	x.web.serve(feedURL, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
	x.run(d)
}

// toldAtOnce checks that the healthy receiver heard of the item in the moment
// when the feed brought it.
func (x *world) toldAtOnce() {
	x.Helper()
	if diff := gocmp.Diff([]string{onTopic}, x.told()); diff != "" {
		x.Fatalf("the healthy receiver was told (-want +got):\n%s", diff)
	}
	told := x.web.to(hookURL)[0].At
	asked := slices.IndexFunc(x.web.to(feedURL), func(r request) bool { return !r.At.After(told) && told.Sub(r.At) < time.Second })
	if asked < 0 {
		x.Errorf("the healthy receiver was told at %v, want it within a second of a poll", told)
	}
}

// ill is the delivery to the receiver that fails.
func (x *world) ill() storage.Delivery {
	x.Helper()
	var list []storage.Delivery
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{Receiver: "ill"}) {
		if err != nil {
			x.Fatal(err)
		}
		list = append(list, d)
	}
	if len(list) != 1 {
		x.Fatalf("%d deliveries to the ill receiver in the store, want 1", len(list))
	}
	return list[0]
}

// failedFirst checks what the store says of the delivery while its receiver
// fails.
func (x *world) failedFirst(says string, dead bool, pause time.Duration) {
	x.Helper()
	d := x.ill()
	first := d.Attempts[0]
	if !strings.HasPrefix(first.Detail, says) {
		x.Errorf("the first attempt says %q, want it to begin with %q", first.Detail, says)
	}
	if dead {
		if d.State != storage.Dead || len(d.Attempts) != 1 || first.Verdict != storage.GiveUp {
			x.Errorf("%s after %d attempts, want a dead letter after one", d.State, len(d.Attempts))
		}
		return
	}
	if d.State != storage.Pending || len(d.Attempts) < 3 {
		x.Errorf("%s after %d attempts in an hour, want it pending after several", d.State, len(d.Attempts))
	}
	for i, a := range d.Attempts[1:] {
		if gap := a.Started.Sub(d.Attempts[i].Ended); gap < pause {
			x.Errorf("attempt %d came %v after the one before, want the receiver's own %v at least", a.N, gap, pause)
		}
	}
}

// deliveredOnce checks what came of the delivery after the receiver was well
// again: after so many tries, one more with the same id and body, and no other;
// a dead letter stays one until it is replayed.
func (x *world) deliveredOnce(tries int, dead bool) {
	x.Helper()
	if dead {
		if n := len(x.web.to(illURL)); n != 1 || x.ill().State != storage.Dead {
			x.Fatalf("%d requests for a dead letter, which is %s, want 1 and that it stays dead", n, x.ill().State)
		}
		if n, err := x.store.Replay(x.Context(), "ill", nil, time.Now()); n != 1 || err != nil {
			x.Fatalf("replaying: %d, %v", n, err)
		}
		x.run(time.Minute)
	}
	rs := x.web.to(illURL)
	if len(rs) != tries+1 || x.ill().State != storage.Delivered {
		x.Errorf("%d requests after the receiver was well, the delivery is %s; want 1 and that it is delivered", len(rs)-tries, x.ill().State)
	}
	id := x.ill().Alert.ID
	for i, r := range rs {
		if r.Header.Get("webhook-id") != id || r.Body != rs[0].Body {
			x.Errorf("request %d has the id %q, want %q, and the same body as the first", i, r.Header.Get("webhook-id"), id)
		}
	}
	if n := len(x.web.to(hookURL)); n != 1 {
		x.Errorf("the healthy receiver got %d requests, want 1", n)
	}
}
