package watcher_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/storagetest"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

// briefed makes a world of outlets whose hook gets a brief at eight in the morning
// by the clock of Berlin, and whose other receiver gets none.
func briefed(t *testing.T) *press {
	return newPress(t, len(tellings), func(c *watcher.Config) {
		s, err := watcher.ParseSchedule("TZ=Europe/Berlin 0 8 * * *", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		c.Receivers = append(c.Receivers, deliver.Receiver{Name: "other", Kind: "webhook", URL: hookURL})
		c.Briefs = []watcher.Brief{{Receiver: "hook", Schedule: s}}
		c.Notices = []string{}
	})
}

// briefs lists the bulletins in the outbox, oldest first.
func (x *press) briefs() (list []storage.Bulletin) {
	x.Helper()
	for d, err := range x.store.Deliveries(x.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			x.Fatal(err)
		}
		if d.Alert.Kind == storage.Brief {
			if d.Alert.Receiver != "hook" || d.State != storage.Delivered {
				x.Errorf("a brief for %s is %s", d.Alert.Receiver, d.State)
			}
			list = append([]storage.Bulletin{*d.Alert.Brief}, list...)
		}
	}
	return list
}

func TestBriefGoesOutAtItsTimeAlsoWhenThereIsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // It is midnight in UTC, one in Berlin.
		x := briefed(t)
		x.run(24 * time.Hour)
		for i, title := range tellings {
			x.publish(outletName(i), title)
		}
		x.web.serve(pressURL("outlet-6"), status(http.StatusNotFound))
		x.run(24 * time.Hour)
		x.run(24 * time.Hour)
		got := x.briefs()
		if len(got) != 3 {
			t.Fatalf("%d briefs in three days, want one a day", len(got))
		}
		for i, b := range got {
			if at := b.Until.UTC(); at.Hour() != 7 || at.Minute() != 0 || b.Until.Sub(b.Since) != 24*time.Hour || b.Zone != "Europe/Berlin" {
				t.Errorf("brief %d is of %v to %v in %s", i, b.Since, b.Until, b.Zone)
			}
		}
		// Of the first outlet's six one can't be read on the second day.
		if first := got[0]; len(first.Rules) != 0 || first.Healthy != 6 || len(first.Feeds) != 0 {
			t.Errorf("with nothing to tell: %+v", first)
		}
		second := got[1]
		if len(second.Rules) != 1 || second.Rules[0].Rule != "partnership" || len(second.Rules[0].Stories) != 1 {
			t.Fatalf("with one story: %+v", second)
		}
		if st := second.Rules[0].Stories[0]; len(st.Outlets) != 5 || st.Count != 5 {
			t.Errorf("the story is %+v, want it told by five outlets", st)
		}
		if second.Healthy != 5 || len(second.Feeds) != 1 || second.Feeds[0].Name != "outlet-6" || second.Items != 5 {
			t.Errorf("what it rests on: %+v", second)
		}
		if third := got[2]; len(third.Rules) != 0 {
			t.Errorf("a story of the day before is told again: %+v", third)
		}
		x.store.Close()
	})
}

func TestBriefThatFellDueWhileDownIsSentOnceWithinTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := briefed(t)
		x.run(6 * time.Hour)
		time.Sleep(4 * time.Hour) // It is ten: the brief of eight o'clock in Berlin is three hours late.
		for range 3 {
			x.run(time.Minute)
		}
		if got := x.briefs(); len(got) != 1 {
			t.Errorf("%d briefs, want the one that fell due meanwhile, once", len(got))
		}
		time.Sleep(43 * time.Hour) // The next is lost, and the one of the day after is 22 hours late.
		x.run(time.Minute)
		if got := x.briefs(); len(got) != 1 {
			t.Errorf("%d briefs, want none that is too late to be of use", len(got))
		}
		x.run(3 * time.Hour)
		got := x.briefs()
		if len(got) != 2 {
			t.Fatalf("%d briefs, want the next one at its time", len(got))
		}
		if since, until := got[1].Since, got[0].Until; !since.Equal(until) {
			t.Errorf("the next brief tells since %v, want since %v, where the newest ended", since, until)
		}
		x.store.Close()
	})
}

func TestBriefGoesOnWhereTheNewestEndedThoughItsScheduleHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := briefed(t)
		x.run(8 * time.Hour)
		x.reload(func(s *watcher.Settings) {
			hourly, err := watcher.ParseSchedule("TZ=Europe/Berlin 30 * * * *", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			s.Briefs = []watcher.Brief{{Receiver: "hook", Schedule: hourly}}
		})
		x.run(time.Hour)
		got := x.briefs()
		if len(got) != 3 {
			t.Fatalf("%d briefs, want one at eight, one at half past and one an hour later", len(got))
		}
		for i := range got[1:] {
			if since, until := got[i+1].Since, got[i].Until; !since.Equal(until) {
				t.Errorf("brief %d tells since %v, want since %v", i+1, since, until)
			}
		}
		x.store.Close()
	})
}

func TestBriefIsGatheredOnceAndNotAtEachLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := briefed(t)
		store := &storagetest.Failing{Store: x.store} // It counts.
		x.config.Store = store
		var err error
		if x.w, err = watcher.New(x.config); err != nil {
			t.Fatal(err)
		}
		x.run(18 * time.Hour)
		if got := x.briefs(); len(got) != 1 {
			t.Fatalf("%d briefs, want one", len(got))
		}
		if n := store.Calls("Items"); n > 1 {
			t.Errorf("the items were read %d times for one brief", n)
		}
		x.store.Close()
	})
}

func TestNoBriefIsOfATimeBeforeFeedwatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(10 * time.Hour) // The brief of eight o'clock is over.
		x := briefed(t)
		x.run(time.Hour)
		if got := x.briefs(); len(got) != 0 {
			t.Errorf("briefs of a time in which no feed was watched: %+v", got)
		}
		x.web.serve(pressURL("outlet-1"), status(http.StatusNotFound))
		x.run(24 * time.Hour)
		if got := x.briefs(); len(got) != 1 {
			t.Errorf("%d briefs of the first day, want one", len(got))
		}
		x.store.Close()
	})
}

func TestBriefTellsOfRulesThatTellEachItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := briefed(t)
		x.reload(func(s *watcher.Settings) {
			s.Rules = mustRules(t, `rules: [{name: deal, query: restructuring, alert: item}]`)
		})
		x.publish("outlet-1", tellings[0])
		x.publish("outlet-2", tellings[1])
		x.poll(watcher.PollOptions{})
		x.publish("outlet-3", "OpenAI and Microsoft agree new terms")
		x.poll(watcher.PollOptions{})
		x.run(12 * time.Hour)
		got := x.briefs()
		if len(got) != 1 || len(got[0].Rules) != 1 || len(got[0].Rules[0].Stories) != 1 || got[0].Rules[0].Stories[0].Count != 3 {
			t.Errorf("briefs %+v, want one with the story", got)
		}
		if got, want := len(x.kinds()), 2*2+1; got != want {
			t.Errorf("%d alerts, want the brief and one for each item and receiver, %d", got, want)
		}
		x.store.Close()
	})
}
