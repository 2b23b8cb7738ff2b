package storage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
)

func TestTheFirstAndTheNewestMembersAreKept(t *testing.T) {
	for _, n := range []int{0, 1, storage.KeepMembers, storage.KeepMembers + 1, 3 * storage.KeepMembers} {
		members := make([]storage.Member, n)
		for i := range members {
			members[i].Item = fmt.Sprint(i)
		}
		kept := storage.TrimMembers(members)
		if len(kept) != min(n, storage.KeepMembers) || len(members) != n {
			t.Fatalf("of %d members %d are kept", n, len(kept))
		}
		if n > storage.KeepMembers {
			half := storage.KeepMembers / 2
			want := slices.Concat(members[:half], members[n-half:])
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("of %d (-want +got):\n%s", n, diff)
			}
		}
		if again := storage.TrimMembers(kept); !slices.Equal(again, kept) {
			t.Errorf("of %d: trimmed again they are %v", n, again)
		}
	}
}

func TestARevisedItemKeepsWhatWasToldFirstAndTheNewest(t *testing.T) {
	now := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	item := storage.Item{Title: "0", Text: "0"}
	for i := range 2 * storage.KeepRevisions {
		before := slices.Clone(item.Revisions)
		former := item
		c := storage.Change{Title: fmt.Sprint(i + 1), Text: fmt.Sprint(i + 1), Updated: now, At: now.Add(time.Duration(i))}
		item.Revise(c)
		if item.Title != c.Title || item.Text != c.Text || !item.Updated.Equal(now) {
			t.Fatalf("revised to %+v", item)
		}
		if diff := cmp.Diff(before, former.Revisions); diff != "" {
			t.Fatalf("a copy made before has changed (-want +got):\n%s", diff)
		}
	}
	var titles []string
	for _, r := range item.Revisions {
		titles = append(titles, r.Title)
	}
	want := []string{"0", "11", "12", "13", "14", "15", "16", "17", "18", "19"}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Errorf("revisions (-want +got):\n%s", diff)
	}
}

func TestAChangeOfTheDateAloneIsNoRevision(t *testing.T) {
	item := storage.Item{Title: "a", Text: "b"}
	c := storage.Change{Title: "a", Text: "b", Updated: time.Unix(1, 0)}
	if item.Revise(c); len(item.Revisions) != 0 || !item.Updated.Equal(c.Updated) {
		t.Errorf("revised to %+v", item)
	}
}
