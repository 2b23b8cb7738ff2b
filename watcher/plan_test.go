package watcher

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

func TestPlanIsNeverEarly(t *testing.T) {
	last := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	p := Poll{Schedule: mustSchedule(t, "@every 20m")}
	for _, tt := range []struct {
		rule        string
		cfg         Feed
		f           storage.Feed
		least, most time.Duration // after last
	}{
		{"the schedule and up to a tenth more", Feed{}, storage.Feed{}, 20 * time.Minute, 22 * time.Minute},
		{"the feed's own schedule counts", Feed{Schedule: mustSchedule(t, "@every 1h")}, storage.Feed{}, time.Hour, 65 * time.Minute},
		{"never below the shortest interval", Feed{MinInterval: 30 * time.Minute}, storage.Feed{}, 30 * time.Minute, 32 * time.Minute},
		{"not before the server wants it", Feed{}, storage.Feed{NotBefore: last.Add(3 * time.Hour)}, 3 * time.Hour, 182 * time.Minute},
		{"a failure doubles the interval", Feed{}, storage.Feed{Failures: 1}, 40 * time.Minute, 42 * time.Minute},
		{"and each further one again", Feed{}, storage.Feed{Failures: 3}, 160 * time.Minute, 162 * time.Minute},
		{"up to a day", Feed{}, storage.Feed{Failures: 1000}, 24 * time.Hour, 24*time.Hour + 2*time.Minute},
		{"one answer 410 is a failure", Feed{}, storage.Feed{Failures: 1, Gone: 1}, 40 * time.Minute, 42 * time.Minute},
	} {
		for epoch := range uint64(200) {
			tt.f.URL, tt.f.LastPoll, tt.f.Epoch = fmt.Sprint("https://a.example/", epoch), last, epoch
			if d := p.plan(tt.cfg, tt.f).Sub(last); d < tt.least || d > tt.most {
				t.Errorf("%s: next after %v, want %v to %v", tt.rule, d, tt.least, tt.most)
				break
			}
		}
	}
	if at := p.plan(Feed{}, storage.Feed{LastPoll: last, Gone: 2, Failures: 2}); !at.Equal(never) {
		t.Errorf("after two answers 410 the next poll is at %v, want never", at)
	}
}

func TestPlanSpreadsFeedsOfOneSchedule(t *testing.T) {
	p, last := Poll{}, time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	seen := make(map[time.Time]bool)
	for i := range 100 {
		seen[p.plan(Feed{}, storage.Feed{URL: fmt.Sprint("https://a.example/", i), LastPoll: last, Epoch: 1})] = true
	}
	if len(seen) < 90 {
		t.Errorf("100 feeds fall due at %d times, want nearly 100", len(seen))
	}
}

func TestHostsKeepRequestsApart(t *testing.T) {
	h, p := newHosts(), Poll{}
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	if _, ok := h.enter("a", now, p); !ok {
		t.Fatal("the first request has to wait")
	}
	if _, ok := h.enter("b", now, p); !ok {
		t.Error("another host has to wait")
	}
	first, ok := h.enter("a", now, p)
	if ok || first.Before(now.Add(defaultHostGap)) {
		t.Errorf("the second request may go at %v, want a gap later", first)
	}
	second, _ := h.enter("a", now, p)
	if second.Sub(first) < defaultHostGap {
		t.Errorf("those who wait come back at %v and %v, want a gap between", first, second)
	}
	later := now.Add(time.Minute)
	if _, ok := h.enter("a", later, p); ok {
		t.Error("a request goes while another is under way")
	}
	h.leave("a", later, p)
	if _, ok := h.enter("a", later.Add(defaultHostGap), p); !ok {
		t.Error("a request has to wait though the host is idle")
	}
	h.leave("a", later.Add(defaultHostGap), p)
	h.pause("a", later.Add(time.Hour))
	if at, ok := h.enter("a", later.Add(2*time.Second), p); ok || at.Before(later.Add(time.Hour)) {
		t.Errorf("a request may go at %v, want after the host's pause", at)
	}
	h.leave("b", later, p)
	h.forget(later.Add(48 * time.Hour))
	if len(h.queue) != 0 {
		t.Errorf("%d hosts are kept that owe nothing", len(h.queue))
	}
}

func TestClockThatIsSetBackPlansAnew(t *testing.T) { // point 30
	synctest.Test(t, func(t *testing.T) {
		const url = "https://a.example/feed.xml"
		store, err := boltdb.Open(t.Context(), t.TempDir(), boltdb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		set, err := rules.Compile(&rules.Pack{})
		if err != nil {
			t.Fatal(err)
		}
		w, err := New(Config{Store: store, Transport: http.DefaultTransport, Settings: Settings{Rules: set, Feeds: []Feed{{URL: url, Name: "a"}}}})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := w.watch(t.Context(), w.set.Load()); err != nil {
			t.Fatal(err)
		}
		f, err := store.Take(t.Context(), url, now, lease)
		if err != nil {
			t.Fatal(err)
		}
		wrong := now.Add(24 * time.Hour)
		f.LastPoll, f.NotBefore, f.Next = wrong, wrong, wrong.Add(defaultInterval)
		if _, err := store.Commit(t.Context(), storage.Poll{Feed: f}); err != nil {
			t.Fatal(err)
		}
		w.hosts.pause("a.example", wrong)
		d := &dispatcher{w: w, last: wrong}
		if err := d.follow(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		due, err := store.Due(t.Context(), now.Add(defaultInterval+2*time.Minute), lease, 1)
		if err != nil || len(due.Feeds) != 1 || w.hosts.pausedUntil("a.example").After(now) {
			t.Errorf("a quarter of an hour after the clock was set back %d feeds are due (%v), and the host rests until %v", len(due.Feeds), err, w.hosts.pausedUntil("a.example"))
		}
	})
}

func TestUpkeepScheduleParses(t *testing.T) {
	mustSchedule(t, upkeepSchedule)
}

func TestMaintenanceJobThatPanicsRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, runs := newCron(cronLog{slog.New(slog.DiscardHandler)}), 0
		c.Schedule(mustSchedule(t, "@every 1m"), cron.FuncJob(func() {
			runs++
			panic("a bug")
		}))
		c.Start()
		time.Sleep(5*time.Minute + time.Second) // Of fake time.
		<-c.Stop().Done()
		if runs != 5 {
			t.Errorf("a job that panics ran %d times in five minutes, want 5", runs)
		}
	})
}

func mustSchedule(t *testing.T, spec string) Schedule {
	t.Helper()
	s, err := ParseSchedule(spec, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
