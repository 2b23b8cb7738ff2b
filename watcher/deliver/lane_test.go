package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

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
		if got := strings.Join(r.settled, " "); got != "fw_2" {
			t.Errorf("settled: %s, want fw_2 alone", got)
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
