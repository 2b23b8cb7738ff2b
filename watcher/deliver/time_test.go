package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// request is what a receiver in a bubble saw.
type request struct {
	at     time.Time
	host   string
	header http.Header
	body   string
}

// web is a transport within a synctest bubble: it records requests and answers
// by host. A host without an answer never says anything.
type web struct {
	mu     sync.Mutex
	got    []request
	answer map[string]func(n int) (status int, body, retryAfter string) // host → answer to its nth request
	slow   map[string]time.Duration                                     // host → how long an answer takes
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	host := r.URL.Host
	w.got = append(w.got, request{time.Now(), host, r.Header, string(body)})
	n := 0
	for _, g := range w.got {
		if g.host == host {
			n++
		}
	}
	answer, wait := w.answer[host], w.slow[host]
	w.mu.Unlock()
	if answer == nil {
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	select {
	case <-time.After(wait):
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
	status, text, retryAfter := answer(n)
	h := http.Header{}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// requests are those that a host saw.
func (w *web) requests(host string) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []request
	for _, g := range w.got {
		if g.host == host {
			out = append(out, g)
		}
	}
	return out
}

func always(status int, body string) func(int) (int, string, string) {
	return func(int) (int, string, string) { return status, body, "" }
}

func (w *web) set(host string, answer func(int) (int, string, string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer[host] = answer
}

// to is a receiver at a host of its own name.
func to(kind, name string) Receiver {
	return Receiver{Name: name, Kind: kind, URL: egress.Secret("https://" + name + "/hook")}
}

// rig is a deliverer that runs in a bubble until the test ends it.
type rig struct {
	*Deliverer
	box  *memory
	web  *web
	log  *bytes.Buffer // written by lanes one at a time: slog locks
	stop func()        // ends Run and waits for it
}

func newRig(t *testing.T, receivers ...Receiver) *rig {
	t.Helper()
	r := &rig{box: &memory{}, log: &bytes.Buffer{}, web: &web{
		answer: map[string]func(int) (int, string, string){}, slow: map[string]time.Duration{},
	}}
	d, err := New(Config{
		Outbox: r.box, Receivers: receivers, Transport: r.web,
		Log: slog.New(slog.NewTextHandler(r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Deliverer = d
	return r
}

// start runs the deliverer.
func (r *rig) start(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(r.stop)
}

// inBubble runs a test body in a synctest bubble with a started rig.
func inBubble(t *testing.T, body func(t *testing.T, r *rig), receivers ...Receiver) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, receivers...)
		r.start(t)
		body(t, r)
		r.stop()
	})
}

func TestDeadReceiverIsTriedTenTimesOverThreeDays(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", always(500, "down"))
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(100 * time.Hour)
		d, got := r.box.get("fw_1"), r.web.requests("a")
		if d.State != storage.Dead || len(got) != 10 {
			t.Fatalf("%s after %d requests, want a dead letter after 10", d.State, len(got))
		}
		for i := 1; i < len(got); i++ {
			wait, step := got[i].at.Sub(got[i-1].at), schedule[i]
			if wait < step*8/10 || wait > step*12/10+maxIdle {
				t.Errorf("try %d came after %v, want about %v", i+1, wait, step)
			}
			if got[i].body != got[0].body || got[i].header.Get("Webhook-Id") != "fw_1" {
				t.Errorf("try %d differs from the first", i+1)
			}
		}
		if detail := d.Attempts[9].Detail; detail != "server-error: HTTP 500: down; given up after 10 attempts" {
			t.Errorf("detail %q", detail)
		}
	}, to("webhook", "a"))
}

func TestEachTryIsSignedAnew(t *testing.T) {
	r := to("webhook", "a")
	r.Secrets = []egress.Secret{newKey}
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(n int) (int, string, string) { return map[bool]int{true: 500, false: 200}[n == 1], "", "" })
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(time.Minute)
		got := r.web.requests("a")
		if len(got) != 2 {
			t.Fatalf("%d requests, want 2", len(got))
		}
		for _, q := range got {
			if q.header.Get("Webhook-Timestamp") != fmt.Sprint(q.at.Unix()) {
				t.Errorf("timestamp %s at %d", q.header.Get("Webhook-Timestamp"), q.at.Unix())
			}
		}
		if got[0].header.Get("Webhook-Signature") == got[1].header.Get("Webhook-Signature") {
			t.Error("both tries carry one signature")
		}
		for _, q := range got {
			if err := verify(t, newKey, q.header, []byte(q.body)); err != nil {
				t.Error(err)
			}
		}
	}, r)
}

func TestDeadReceiverDelaysNoOther(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("good", always(200, ""))
		start := time.Now()
		for i := range 50 {
			r.box.add(alertTo("dead", fmt.Sprint("fw_d", i)), alertTo("good", fmt.Sprint("fw_g", i)))
		}
		r.Wake("dead", "good")
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(r.web.requests("good")); n != 50 {
			t.Errorf("%d of 50 alerts reached the good receiver within %v", n, time.Since(start))
		}
		if n := len(r.web.requests("dead")); n != 1 {
			t.Errorf("%d requests under way to the dead receiver, want 1", n)
		}
	}, to("webhook", "dead"), to("webhook", "good"))
}

func TestSlackGetsOneMessageASecond(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("s", always(200, "ok"))
		for i := range 30 {
			r.box.add(alertTo("s", fmt.Sprint("fw_", i)))
		}
		r.Wake("s")
		time.Sleep(29*time.Second + time.Millisecond)
		synctest.Wait()
		got := r.web.requests("s")
		if len(got) != 30 {
			t.Errorf("%d of 30 messages within 29 s", len(got))
		}
		for i := 1; i < len(got); i++ {
			if gap := got[i].at.Sub(got[i-1].at); gap < time.Second {
				t.Errorf("%v between messages %d and %d", gap, i, i+1)
			}
		}
	}, to("slack", "s"))
}

func TestRetryAfterHoldsBackAllThatGoesToTheReceiver(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(n int) (int, string, string) {
			if n == 1 {
				return 429, "", "600"
			}
			return 200, "", ""
		})
		r.web.set("b", always(200, ""))
		start := time.Now()
		r.box.add(alertTo("a", "fw_1"), alertTo("a", "fw_2"), alertTo("b", "fw_3"))
		r.Wake("a", "b")
		time.Sleep(599 * time.Second)
		r.Wake("a") // a hint does not break the pause
		synctest.Wait()
		if n := len(r.web.requests("a")); n != 1 || len(r.web.requests("b")) != 1 {
			t.Errorf("%d requests in the pause, want 1; %d to the other receiver, want 1", n, len(r.web.requests("b")))
		}
		time.Sleep(time.Minute)
		got := r.web.requests("a")
		if len(got) != 3 || got[1].at.Sub(start) < 600*time.Second || r.box.states()[storage.Delivered] != 3 {
			t.Errorf("%d requests, %v", len(got), r.box.states())
		}
	}, to("webhook", "a"), to("webhook", "b"))
}

func TestAskingForPatienceOftenCostsNoAlert(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(n int) (int, string, string) {
			switch {
			case n <= 40:
				return 429, "", "1"
			case n == 41:
				return 500, "", ""
			}
			return 200, "", ""
		})
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(10 * time.Minute)
		if d := r.box.get("fw_1"); d.State != storage.Delivered {
			t.Errorf("%s after %d attempts: %+v", d.State, len(d.Attempts), d.Attempts[len(d.Attempts)-1])
		}
	}, to("webhook", "a"))
}

func TestAskingForPatienceForeverEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(int) (int, string, string) { return 503, "", "3600" })
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(100 * time.Hour)
		if d := r.box.get("fw_1"); d.State != storage.Dead || len(d.Attempts) < 50 {
			t.Errorf("%s after %d attempts", d.State, len(d.Attempts))
		}
	}, to("webhook", "a"))
}

func TestWakeDeliversAtOnceAndItsLackWithinAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", always(200, ""))
		time.Sleep(time.Second) // until the lane rests
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a", "unknown")
		synctest.Wait()
		if n := len(r.web.requests("a")); n != 1 {
			t.Errorf("%d requests after Wake, want 1", n)
		}
		r.box.add(alertTo("a", "fw_2"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(r.web.requests("a")); n != 2 {
			t.Errorf("%d requests a minute later, want 2", n)
		}
	}, to("webhook", "a"))
}

func TestLaneThatHasNothingToDoAsksSeldom(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		time.Sleep(time.Hour)
		r.stop()
		if r.box.claims > 65 {
			t.Errorf("%d claims in an idle hour", r.box.claims)
		}
	}, to("webhook", "a"))
}

func TestAttemptUnderWayComesToItsEndOnShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", always(200, ""))
		r.web.slow["a"] = 4 * time.Second
		r.box.add(alertTo("a", "fw_1"), alertTo("a", "fw_2"), alertTo("hangs", "fw_3"))
		r.Wake("a", "hangs")
		time.Sleep(time.Second)
		start := time.Now()
		r.stop()
		if took := time.Since(start); took > grace {
			t.Errorf("it took %v to stop", took)
		}
		if d := r.box.get("fw_1"); d.State != storage.Delivered {
			t.Errorf("what could end in time is %s", d.State)
		}
		if d := r.box.get("fw_2"); d.State != storage.Pending || len(d.Attempts) != 0 {
			t.Errorf("what was not begun is %s with %d attempts", d.State, len(d.Attempts))
		}
		d := r.box.get("fw_3")
		if a := d.Attempts[0]; d.State != storage.Pending || !strings.HasPrefix(a.Detail, "shutdown: ") || a.RetryAt.After(time.Now()) {
			t.Errorf("what was cut short is %s: %+v", d.State, a)
		}
	}, to("webhook", "a"), to("webhook", "hangs"))
}

func TestOutboxThatFailsIsAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", always(200, ""))
		r.box.setFail(storage.ErrFull)
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(10 * time.Minute)
		r.box.setFail(nil)
		time.Sleep(time.Minute)
		if d := r.box.get("fw_1"); d.State != storage.Delivered {
			t.Errorf("%s", d.State)
		}
		r.stop()
		if n := strings.Count(r.log.String(), "level=ERROR"); n != 1 || strings.Count(r.log.String(), "works again") != 1 {
			t.Errorf("%d errors logged, want one and its end:\n%s", n, r.log)
		}
	}, to("webhook", "a"))
}

func TestOutcomeThatCannotBeWrittenIsNotSentAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(int) (int, string, string) {
			r.box.setFail(errors.New("disk on fire"))
			return 200, "", ""
		})
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(time.Hour)
		r.box.setFail(nil)
		time.Sleep(time.Minute)
		if d := r.box.get("fw_1"); d.State != storage.Delivered || len(r.web.requests("a")) != 1 {
			t.Errorf("%s after %d requests", d.State, len(r.web.requests("a")))
		}
	}, to("webhook", "a"))
}

func TestOutcomeThatIsTooLateIsDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(n int) (int, string, string) {
			if n == 1 { // another sender claims it meanwhile
				r.box.mu.Lock()
				d := r.box.all[0]
				d.Attempts = append(d.Attempts, storage.Attempt{N: 2})
				r.box.mu.Unlock()
			}
			return 200, "", ""
		})
		r.box.add(alertTo("a", "fw_1"), alertTo("a", "fw_2"))
		r.Wake("a")
		time.Sleep(10 * time.Second)
		if d := r.box.get("fw_2"); d.State != storage.Delivered {
			t.Errorf("the next delivery is %s", d.State)
		}
		if d := r.box.get("fw_1"); d.State != storage.Sending {
			t.Errorf("the other's delivery is %s", d.State)
		}
		r.stop()
		if !strings.Contains(r.log.String(), "too late") {
			t.Errorf("nothing was said:\n%s", r.log)
		}
	}, to("webhook", "a"))
}

func TestFailingReceiverIsToldOfOnceAndItsRecoveryOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", always(500, ""))
		for i := range 20 {
			r.box.add(alertTo("a", fmt.Sprint("fw_", i)))
		}
		r.Wake("a")
		time.Sleep(4 * time.Hour)
		r.web.set("a", always(200, ""))
		time.Sleep(24 * time.Hour)
		if n := r.box.states()[storage.Delivered]; n != 20 {
			t.Errorf("%d of 20 delivered", n)
		}
		r.stop()
		log := r.log.String()
		if strings.Count(log, "the receiver fails") != 1 || strings.Count(log, "the receiver works again") != 1 || strings.Count(log, "\n") != 2 {
			t.Errorf("want one warning and one line of recovery, got:\n%s", log)
		}
	}, to("webhook", "a"))
}

func TestReloadReplacesWhatChangedAndLeavesTheRest(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		for _, host := range []string{"same", "moved", "new", "gone"} {
			r.web.set(host, always(200, ""))
		}
		time.Sleep(time.Second)
		kept := r.current()["same"]
		moved := to("webhook", "moved")
		moved.URL = "https://new/hook"
		if err := r.Reload([]Receiver{to("webhook", "same"), moved}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if r.current()["same"] != kept {
			t.Error("a receiver that did not change got another lane")
		}
		r.box.add(alertTo("same", "fw_1"), alertTo("moved", "fw_2"), alertTo("gone", "fw_3"))
		r.Wake("same", "moved", "gone")
		time.Sleep(5 * time.Minute)
		if a, b, c, d := r.web.requests("same"), r.web.requests("new"), r.web.requests("moved"), r.web.requests("gone"); len(a) != 1 || len(b) != 1 || len(c)+len(d) != 0 {
			t.Errorf("%d to the same, %d to the new address, %d to the old, %d to the one that is gone", len(a), len(b), len(c), len(d))
		}
	}, to("webhook", "same"), to("webhook", "moved"), to("webhook", "gone"))
}

func TestReloadThatFailsChangesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", always(200, ""))
		for name, bad := range map[string][]Receiver{
			"twice":   {to("webhook", "x"), to("webhook", "x")},
			"unknown": {to("pigeon", "x")},
		} {
			if err := r.Reload(bad); err == nil || !strings.Contains(err.Error(), `"x"`) {
				t.Errorf("%s: got %v, want an error that names the receiver", name, err)
			}
		}
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(time.Second)
		if n := len(r.web.requests("a")); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	}, to("webhook", "a"))
}

func TestChangedReceiverNeverHasTwoWorkers(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.box.add(alertTo("a", "fw_1"), alertTo("a", "fw_2"))
		r.Wake("a")
		time.Sleep(time.Second) // a request hangs
		changed := to("webhook", "a")
		changed.Timeout = time.Second
		if err := r.Reload([]Receiver{changed}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(grace - 10*time.Millisecond)
		if n := len(r.web.requests("a")); n != 1 {
			t.Errorf("%d requests at a time, want 1", n)
		}
		time.Sleep(time.Second)
		if n := len(r.web.requests("a")); n != 2 {
			t.Errorf("%d requests after the old worker's end, want 2", n)
		}
	}, to("webhook", "a"))
}

func TestDrainDeliversWhatIsDueOnceAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, to("webhook", "good"), to("webhook", "picky"), to("webhook", "dead"), to("slack", "slow"))
		r.web.set("good", always(200, ""))
		r.web.set("picky", always(400, ""))
		r.web.set("slow", always(200, "ok"))
		for i := range 5 {
			for _, name := range []string{"good", "picky", "dead", "slow"} {
				r.box.add(alertTo(name, fmt.Sprint("fw_", name, i)))
			}
		}
		start := time.Now()
		if err := r.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > defaultTimeout+time.Second {
			t.Errorf("one dead receiver made it take %v", took)
		}
		for name, want := range map[string]int{"good": 5, "picky": 5, "dead": 1, "slow": 5} {
			if n := len(r.web.requests(name)); n != want {
				t.Errorf("%d requests to %s, want %d", n, name, want)
			}
		}
		if got := r.box.states(); got[storage.Delivered] != 10 || got[storage.Dead] != 5 || got[storage.Pending] != 5 {
			t.Errorf("%v", got)
		}
	})
}

func TestDrainSaysThatTheOutboxFailsOrTheTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, to("slack", "s"))
		r.web.set("s", always(200, "ok"))
		for i := range 10 {
			r.box.add(alertTo("s", fmt.Sprint("fw_", i)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		if err := r.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if n := r.box.states()[storage.Delivered]; n != 4 {
			t.Errorf("%d delivered in 3.5 s, want 4", n)
		}
		r.box.setFail(storage.ErrFull)
		if err := r.Drain(t.Context()); !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), `"s"`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSettledIsCalledForEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		w := &web{answer: map[string]func(int) (int, string, string){"a": func(n int) (int, string, string) {
			return map[bool]int{true: 500, false: 200}[n == 1], "", ""
		}}}
		box := (&memory{}).add(alertTo("a", "fw_1"))
		d, err := New(Config{Outbox: box, Receivers: []Receiver{to("webhook", "a")}, Transport: w,
			Settled: func(receiver string, a storage.Attempt, alert storage.Alert) {
				calls = append(calls, fmt.Sprint(receiver, alert.ID, a.N, a.Verdict))
			}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		if got := strings.Join(calls, " "); got != "afw_11retry afw_12done" {
			t.Errorf("got %s", got)
		}
	})
}
