package feed

import (
	"slices"
	"testing"
	"time"
)

// day is a date well in the past of any test.
var day = time.Date(2025, 3, 5, 10, 0, 0, 0, time.UTC)

func entry(id, link, title, text string, dated time.Time) draft {
	return draft{Entry: Entry{ID: id, Link: link, Title: title, Text: text}, dated: dated}
}

// known says whether a later listing of an entry shares a key with an earlier one.
func known(t *testing.T, before, after draft) bool {
	t.Helper()
	a, _ := identified([]draft{before})
	b, _ := identified([]draft{after})
	return slices.ContainsFunc(b[0].Keys, func(k Key) bool { return slices.Contains(a[0].Keys, k) })
}

func TestEntriesAreKnownAgain(t *testing.T) {
	base := entry("g1", "https://h.example/1", "A headline of some length", "text", day)
	for _, c := range []struct {
		name  string
		after draft
		want  bool
	}{
		{"by guid, when all else changes", entry("g1", "https://h.example/new", "Another", "x", day.Add(48*time.Hour)), true},
		{"by link, when the guid changes", entry("g2", "http://www.h.example/1/?utm_source=rss", "Another", "x", day), true},
		{"by title, host and day, when guid and link change", entry("g2", "https://h.example/2?token=9", "A Headline – of some length!", "x", day.Add(3*time.Hour)), true},
		{"not by title on another host", entry("g2", "https://other.example/2", "A headline of some length", "text", day), false},
		{"not by title on another day", entry("g2", "https://h.example/2", "A headline of some length", "text", day.Add(48*time.Hour)), false},
		{"not by text", entry("g2", "https://h.example/2", "Another", "text", day), false},
	} {
		if got := known(t, base, c.after); got != c.want {
			t.Errorf("%s: known is %t", c.name, got)
		}
	}
}

func TestUndatedTitlesMustBeDistinct(t *testing.T) {
	var undated time.Time
	if known(t, entry("g1", "https://h.example/1", "Morning briefing", "", undated), entry("g2", "https://h.example/2", "Morning briefing", "", undated)) {
		t.Error("a title that comes every day made two entries one")
	}
	if !known(t, entry("g1", "https://h.example/1", "OpenAI and Microsoft agree at last", "", undated), entry("g2", "https://h.example/2", "OpenAI and Microsoft agree at last", "", undated)) {
		t.Error("a title of its own did not join an undated entry to itself")
	}
	if !known(t, entry("", "", "Short", "a", undated), entry("", "", "Short", "b", undated)) {
		t.Error("an entry that has nothing but its title was not known again")
	}
}

func TestSharedKeysAreDropped(t *testing.T) {
	entries, folded := identified([]draft{
		entry("same", "https://h.example/1", "One", "a", day),
		entry("same", "https://h.example/2", "Two", "b", day),
		entry("", "", "", "note one", time.Time{}),
		entry("", "", "", "note two", time.Time{}),
	})
	if folded != 0 || len(entries) != 4 {
		t.Fatalf("%d entries, %d folded", len(entries), folded)
	}
	for i, want := range []int{2, 2, 1, 1} {
		if len(entries[i].Keys) != want {
			t.Errorf("entry %d has %d keys, want %d", i, len(entries[i].Keys), want)
		}
	}
}

func TestAnEntryThatIsListedTwiceIsGivenOnce(t *testing.T) {
	entries, folded := identified([]draft{
		entry("g", "https://h.example/1", "One", "short", day),
		entry("h", "https://h.example/2", "Two", "", day),
		entry("g", "https://h.example/1", "One", "the longer text", day),
		entry("", "", "", "note", time.Time{}),
		entry("", "", "", "note", time.Time{}),
	})
	if folded != 2 || len(entries) != 3 || entries[0].Text != "the longer text" || len(entries[0].Keys) != 3 {
		t.Errorf("%d folded: %+v", folded, entries)
	}
}

func TestKeysDoNotDependOnTheOtherEntries(t *testing.T) {
	one := entry("g", "https://h.example/1", "One", "", day)
	alone, _ := identified([]draft{one})
	among, _ := identified([]draft{entry("x", "https://h.example/9", "Nine", "", day), one})
	if !slices.Equal(alone[0].Keys, among[1].Keys) {
		t.Errorf("alone %x, among others %x", alone[0].Keys, among[1].Keys)
	}
}

// identified gives drafts their identities, and entries their keys.
func identified(drafts []draft) ([]Entry, int) {
	for i := range drafts {
		drafts[i].id = identityOf(&drafts[i])
	}
	return identifyEntries(drafts, nil)
}
