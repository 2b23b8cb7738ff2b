package watcher

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
)

const (
	// surgePast is the time that a rule's present is compared with.
	surgePast = 14 * 24 * time.Hour
	// surgeLeast is how many stories there must be, whatever the past was: two
	// where there is one in a month are no surge.
	surgeLeast = 5
	// surgeHabit is how old a rule's first story must be: what was just set up
	// has no habit to differ from.
	surgeHabit = 3 * 24 * time.Hour
	// surgeRest is how long a surge must be over before the next one counts as
	// another.
	surgeRest = 24 * time.Hour
	// silencePast is the time that a rule's silence is compared with.
	silencePast = 60 * 24 * time.Hour
	// silenceLeast is how many stories a habit takes.
	silenceLeast = 10
	// silenceFloor is the shortest silence worth a word.
	silenceFloor = 48 * time.Hour
)

// noticeTimes is when rules are looked at: each full hour, since what is said
// about them counts in hours.
type noticeTimes struct{}

// Next implements cron.Schedule.
func (noticeTimes) Next(t time.Time) time.Time { return t.Truncate(time.Hour).Add(time.Hour) }

// ruleNotices tells of rules that find far more, or nothing any more, against
// their own habit. Each episode is told once: its beginning follows from the
// stories alone, and is part of the once-key.
func (w *Watcher) ruleNotices(ctx context.Context) error {
	set, now := w.set.Load(), time.Now().Truncate(time.Hour)
	read, err := w.newestReading(ctx, set)
	if err != nil {
		return err
	}
	byRule := make(map[string][]time.Time)    // when its stories began
	fresh := make(map[string][]storage.Story) // those of the last day, newest item first
	for st, err := range w.store.Stories(ctx, storage.StoryQuery{Since: now.Add(-silencePast)}) {
		if err != nil {
			return err
		}
		for _, h := range st.Hits {
			byRule[h.Rule] = append(byRule[h.Rule], st.First)
			if st.First.After(now.Add(-24 * time.Hour)) {
				fresh[h.Rule] = append(fresh[h.Rule], st)
			}
		}
	}
	var alerts []storage.Alert
	for _, rule := range set.Rules.Rules() {
		times := byRule[rule.Name]
		slices.SortFunc(times, time.Time.Compare)
		if since, ok := surge(times, now); ok {
			alerts = append(alerts, set.notices(surgeMemo(rule, fresh[rule.Name], times, since, now), since, now)...)
		}
		if since, usual, ok := hush(times, read); ok {
			alerts = append(alerts, set.notices(hushMemo(rule, since, usual), since, now)...)
		}
	}
	return w.enqueue(ctx, alerts)
}

// newestReading is when any feed was last read well: what came after that nobody
// can know, so it is no silence.
func (w *Watcher) newestReading(ctx context.Context, set *settings) (read time.Time, err error) {
	for f, err := range w.store.Feeds(ctx) {
		if err != nil {
			return read, err
		}
		if _, ok := set.feeds[f.URL]; ok {
			read = latest(read, f.LastGood)
		}
	}
	return read, nil
}

// notices is a notice to each of its receivers.
func (s *settings) notices(memo storage.Memo, since, now time.Time) []storage.Alert {
	receivers := s.Notices
	if receivers == nil {
		receivers = s.receivers
	}
	var alerts []storage.Alert
	for _, name := range receivers {
		once := storage.OnceNotice(name, memo.Topic, memo.About, since)
		alerts = append(alerts, storage.Alert{
			ID: storage.DeliveryID(once), Once: once, Receiver: name, Kind: storage.Notice,
			Severity: "normal", Created: now, Notice: &memo,
		})
	}
	return alerts
}

// surge says since when there have been far more events than usual, given their
// times in order: an episode begins with the first hour at which the last hour
// or the last day stands out, and lasts until that has not been so for surgeRest.
func surge(times []time.Time, now time.Time) (since time.Time, ok bool) {
	if len(times) == 0 || now.Sub(times[0]) < surgeHabit || !surges(times, now) {
		return time.Time{}, false
	}
	calm := time.Duration(0)
	since = now
	for t := now; now.Sub(t) < surgePast && calm < surgeRest; t = t.Add(-time.Hour) {
		if surges(times, t) {
			since, calm = t, 0
		} else {
			calm += time.Hour
		}
	}
	return since, true
}

// surges tells whether the hour or the day before t stands out from the
// fortnight before them: by far more than chance makes of a steady rate, which
// is about the square root of what is expected (Poisson), and by half as much
// again as the most that came at once, since some feeds bring all in the morning.
func surges(times []time.Time, t time.Time) bool {
	for _, span := range []time.Duration{time.Hour, 24 * time.Hour} {
		past := between(times, t.Add(-span-surgePast), t.Add(-span))
		usual := float64(past) * float64(span) / float64(surgePast)
		got := between(times, t.Add(-span), t)
		if got >= surgeLeast && float64(got) > 3*usual && float64(got) > usual+4*math.Sqrt(usual+1) &&
			2*got >= 3*most(times, t.Add(-span-surgePast), t.Add(-span), span) {
			return true
		}
	}
	return false
}

// between counts the times in [from, to).
func between(times []time.Time, from, to time.Time) int { return len(within(times, from, to)) }

func within(times []time.Time, from, to time.Time) []time.Time {
	a, _ := slices.BinarySearchFunc(times, from, time.Time.Compare)
	b, _ := slices.BinarySearchFunc(times, to, time.Time.Compare)
	return times[a:b]
}

// most is the greatest number of times in any span of that length in [from, to).
func most(times []time.Time, from, to time.Time, span time.Duration) (n int) {
	times = within(times, from, to)
	first := 0
	for i, t := range times {
		for t.Sub(times[first]) >= span {
			first++
		}
		n = max(n, i-first+1)
	}
	return n
}

// hush says since when there has been nothing, where that is far longer than
// usual: thrice as long as all but a tenth of the pauses before, and half as long
// again as all but two of them, for weekends are few among the pauses of a day.
func hush(times []time.Time, now time.Time) (since time.Time, usual time.Duration, ok bool) {
	if len(times) < silenceLeast {
		return time.Time{}, 0, false
	}
	pauses := make([]time.Duration, 0, len(times)-1)
	for i := 1; i < len(times); i++ {
		pauses = append(pauses, times[i].Sub(times[i-1]))
	}
	slices.Sort(pauses)
	usual = pauses[len(pauses)*9/10]
	since = times[len(times)-1]
	return since, usual, now.Sub(since) > max(3*usual, pauses[len(pauses)-3]*3/2, silenceFloor)
}

// surgeMemo names the outlets and the words that drive a surge.
func surgeMemo(rule *rules.Rule, stories []storage.Story, times []time.Time, since, now time.Time) storage.Memo {
	day := 24 * time.Hour
	got := between(times, now.Add(-day), now)
	usual := float64(between(times, now.Add(-day-surgePast), now.Add(-day))) * float64(day) / float64(surgePast)
	outlets, words := make(map[string]int), make(map[string]int)
	memo := storage.Memo{
		Topic: "spike", About: rule.Name,
		Title: fmt.Sprintf("%s: %d stories in a day, usually %.1f", rule.Name, got, usual),
	}
	for i := range stories {
		st := &stories[i]
		if st.First.Before(now.Add(-day)) {
			continue
		}
		for _, o := range st.Outlets {
			outlets[o.Name]++
		}
		for w := range titleWords(st.Title) {
			words[w]++
		}
		if len(memo.Items) < 3 && len(st.Outlets) > 0 {
			memo.Items = append(memo.Items, st.Outlets[0])
		}
	}
	memo.Text = fmt.Sprintf("Since %s. Most from: %s. Words of their titles: %s.",
		since.UTC().Format("2006-01-02 15:04 UTC"), strings.Join(top(outlets, 1), ", "), strings.Join(top(words, 2), ", "))
	return memo
}

// titleWords are the longer words of a title, each once.
func titleWords(title string) map[string]bool {
	words := make(map[string]bool)
	for w := range rules.Words(title) {
		if len(w.Text) > 4 {
			words[w.Text] = true
		}
	}
	return words
}

// top lists the five that were counted most often, and at least so often.
func top(counts map[string]int, least int) []string {
	var names []string
	for name, n := range counts {
		if n >= least {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return names[:min(len(names), 5)]
}

func hushMemo(rule *rules.Rule, since time.Time, usual time.Duration) storage.Memo {
	return storage.Memo{
		Topic: "silence", About: rule.Name,
		Title: rule.Name + " has gone quiet",
		Text: fmt.Sprintf("Its last story came %s; nine pauses of ten before were shorter than %s. If the news has not stopped, see whether its feeds are well (feedwatch feeds list) and whether other words are in use (feedwatch backtest).",
			since.UTC().Format("2006-01-02 15:04 UTC"), usual.Round(time.Hour)),
	}
}
