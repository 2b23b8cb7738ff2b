package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// mortal is an outbox whose process dies at a call: none that follows is heard.
type mortal struct {
	storage.Store
	calls int // left to live
	dead  chan struct{}
}

var errDead = errors.New("the process is dead")

// live counts a call; only the lane of one receiver makes any.
func (m *mortal) live() bool {
	if m.calls--; m.calls == 0 {
		close(m.dead)
	}
	return m.calls > 0
}

func (m *mortal) Claim(ctx context.Context, r storage.ClaimRequest) (storage.Claimed, error) {
	if !m.live() {
		return storage.Claimed{}, errDead
	}
	return m.Store.Claim(ctx, r)
}

func (m *mortal) Settle(ctx context.Context, o storage.Outcome) error {
	if !m.live() {
		return errDead
	}
	return m.Store.Settle(ctx, o)
}

// moody is a Slack that takes about half of what it is sent, and tells it.
func moody(rng *rand.Rand, posted *[]botMessage) func(n int) (int, string, string) {
	return func(n int) (int, string, string) {
		switch rng.IntN(8) {
		case 0:
			return 500, "", ""
		case 1:
			return 429, `{"ok":false,"error":"ratelimited"}`, "7"
		case 2:
			return 200, `{"ok":false,"error":"internal_error"}`, ""
		case 3:
			return 200, "<html>not Slack</html>", ""
		}
		*posted = append(*posted, botMessage{Thread: fmt.Sprintf("1700000000.%06d", n)})
		return 200, fmt.Sprintf(`{"ok":true,"ts":"1700000000.%06d"}`, n), ""
	}
}

func TestThreadsHoldWhateverFailsAndWheneverTheProcessDies(t *testing.T) {
	for seed := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			dir := t.TempDir()
			all := story(3)
			for i := range all {
				all[i].Created = time.Now().Add(time.Duration(i) * time.Second)
			}
			var posted []botMessage
			w := &web{answer: map[string]func(int) (int, string, string){"r": moody(rng, &posted)}, slow: map[string]time.Duration{"r": time.Second}}
			deaths := 0
			for life := 0; ; life++ {
				store := openStore(t, dir)
				if life == 0 {
					if _, err := store.Enqueue(t.Context(), all); err != nil {
						t.Fatal(err)
					}
				}
				states := map[storage.State]int{}
				for d, err := range store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
					if err != nil {
						t.Fatal(err)
					}
					states[d.State]++
				}
				if states[storage.Delivered] == len(all) || life > 100 {
					if err := store.Close(); err != nil || life > 100 {
						t.Errorf("seed %d: %v after %d lives; %v", seed, states, life, err)
					}
					break
				}
				box := &mortal{Store: store, calls: 1 + rng.IntN(8), dead: make(chan struct{})}
				if life > 30 {
					box.calls += 1000 // The next attempt may be a day away.
				}
				d, err := New(Config{Outbox: box, Receivers: []Receiver{botTo("r")}, Transport: w})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- d.Run(ctx) }()
				<-box.dead
				deaths++
				cancel()
				if err := errors.Join(<-done, store.Close()); err != nil {
					t.Error(err)
				}
			}
			holds(t, all, w.requests("r"), posted)
			t.Logf("seed %d: %d deaths, %d requests, %d posted", seed, deaths, len(w.requests("r")), len(posted))
		})
	}
}

// holds fails where what was sent of a story is not in the thread of a first
// report that was posted before.
func holds(t *testing.T, all []storage.Alert, sent []request, posted []botMessage) {
	t.Helper()
	var firsts []string
	told := map[string]bool{}
	for n, q := range sent {
		var m botMessage
		if err := json.Unmarshal([]byte(q.body), &m); err != nil {
			t.Fatal(err)
		}
		ts := fmt.Sprintf("1700000000.%06d", n+1)
		taken := slices.ContainsFunc(posted, func(p botMessage) bool { return p.Thread == ts })
		first := strings.Contains(q.body, all[0].Item.Title)
		switch {
		case first && m.Thread != "":
			t.Errorf("the first report is in thread %s", m.Thread)
		case first && taken:
			firsts = append(firsts, ts)
		case !first && !slices.Contains(firsts, m.Thread):
			t.Errorf("%s is in thread %q; first reports are %q", m.Text, m.Thread, firsts)
		}
		for _, a := range all {
			if taken && strings.Contains(q.body, a.Item.Title) {
				told[a.ID] = true
			}
		}
	}
	if len(told) != len(all) {
		t.Errorf("%d of %d alerts were told", len(told), len(all))
	}
}
