package deliver

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

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

func TestReceiverThatComesBackHasAllItMissedAtOnceButPaced(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("s", always(500, ""))
		for i := range 20 {
			r.box.add(alertTo("s", fmt.Sprint("fw_", i)))
		}
		r.Wake("s")
		time.Sleep(50 * time.Hour)
		r.web.set("s", always(200, "ok"))
		before := len(r.web.requests("s"))
		r.box.add(alertTo("s", "fw_new"))
		r.Wake("s")
		time.Sleep(time.Minute)
		got := r.web.requests("s")[before:]
		if len(got) != 21 || r.box.states()[storage.Delivered] != 21 {
			t.Fatalf("%d requests within a minute, %v", len(got), r.box.states())
		}
		for i := 1; i < len(got); i++ {
			if gap := got[i].at.Sub(got[i-1].at); gap < time.Second {
				t.Errorf("%v between messages %d and %d", gap, i, i+1)
			}
		}
	}, to("slack", "s"))
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
		time.Sleep(time.Hour)
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
		if d := r.box.get("fw_1"); d.State != storage.Dead || len(r.web.requests("a")) < 50 {
			t.Errorf("%s after %d requests", d.State, len(r.web.requests("a")))
		}
	}, to("webhook", "a"))
}

func TestPatienceAskedForManyTimesInARowGrows(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.web.set("a", func(int) (int, string, string) { return 429, "", "1" })
		r.box.add(alertTo("a", "fw_1"))
		r.Wake("a")
		time.Sleep(24 * time.Hour)
		d, got := r.box.get("fw_1"), r.web.requests("a")
		if len(got) < 2800 || len(got) > 2900 || len(d.Attempts) > 21 || d.Attempts[len(d.Attempts)-1].N != len(got) {
			t.Fatalf("%d requests in a day and %d attempts kept, want about 2880 and 21", len(got), len(d.Attempts))
		}
		for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
			if wait := got[i+1].at.Sub(got[i].at); wait != want*time.Second {
				t.Errorf("request %d came after %v, want %v", i+2, wait, want*time.Second)
			}
		}
	}, to("webhook", "a"))
}

func TestPatienceGrowsInARowOnly(t *testing.T) {
	tried := func(statuses ...int) (out []storage.Attempt) {
		for i, s := range statuses {
			out = append(out, storage.Attempt{N: i + 1, Status: s, Verdict: storage.Retry})
		}
		return append(out, storage.Attempt{N: len(statuses) + 1})
	}
	for name, c := range map[string]struct {
		attempts []storage.Attempt
		status   int
		want     time.Duration
	}{
		"first":              {tried(), 429, time.Second},
		"third":              {tried(429, 503), 429, 4 * time.Second},
		"another in between": {tried(429, 429, 500, 429), 503, 2 * time.Second},
		"another now":        {tried(429, 429), 500, 0},
		"many":               {tried(429, 429, 429, 429, 429, 429, 429, 429), 429, 30 * time.Second},
	} {
		if got := patience(c.attempts, c.status); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
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
