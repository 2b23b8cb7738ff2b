package storage_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func TestItemIDsSortByTheTimeFirstSeen(t *testing.T) {
	start := time.Date(2026, 3, 9, 8, 7, 6, 5_000_000, time.UTC)
	var ids []string
	for i := range 1000 {
		at := start.Add(time.Duration(i*i) * time.Millisecond)
		id := storage.NewItemID(at, "https://a.example/", storage.Key{byte(i * 37)})
		if from := storage.ItemIDFrom(at); id < from || len(ids) > 0 && i > 0 && ids[len(ids)-1] >= from {
			t.Fatalf("%v: %s does not part %v from %s", at, from, ids[len(ids)-1], id)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Error("not in order")
	}
	if got := storage.ItemIDFrom(time.Time{}); got > ids[0] {
		t.Errorf("the zero time comes after %s", ids[0])
	}
}

func TestItemIDsDifferByFeedAndKey(t *testing.T) {
	at := time.Unix(0, 0)
	ids := []string{
		storage.NewItemID(at, "a", storage.Key{1}), storage.NewItemID(at, "a", storage.Key{2}), storage.NewItemID(at, "b", storage.Key{1}),
	}
	if ids[0] == ids[1] || ids[0] == ids[2] || ids[1] == ids[2] {
		t.Errorf("IDs %v", ids)
	}
	if again := storage.NewItemID(at.Add(time.Microsecond), "a", storage.Key{1}); again != ids[0] {
		t.Errorf("the same item in the same millisecond: %s and %s", ids[0], again)
	}
}

func TestOnceKeysTellApartWhatMayBeSaidBesides(t *testing.T) {
	keys := []string{
		storage.OnceStory("r", "x"), storage.OnceItem("r", "x"), storage.OnceStory("q", "x"), storage.OnceStory("r", "y"),
		storage.OnceFollowUp("r", "x", "5"), storage.OnceFollowUp("r", "x", "10"), storage.OnceFollowUp("q", "x", "5"),
		storage.OnceNotice("r", "gone", "x", time.Unix(1, 0)), storage.OnceNotice("r", "gone", "x", time.Unix(2, 0)),
		storage.OnceNotice("r", "gone", "y", time.Unix(1, 0)), storage.OnceNotice("r", "stale", "x", time.Unix(1, 0)),
		storage.OnceBrief("r", time.Unix(1, 0)), storage.OnceBrief("r", time.Unix(2, 0)), storage.OnceBrief("q", time.Unix(1, 0)),
	}
	n := len(keys)
	slices.Sort(keys)
	if len(slices.Compact(keys)) != n {
		t.Errorf("keys %q", keys)
	}
}

// Standard Webhooks signs "id.timestamp.body": an ID with a dot could move the
// borders.
func TestDeliveryIDsAreStableAndWithoutADot(t *testing.T) {
	id := storage.DeliveryID(storage.OnceStory("ai-desk", "story"))
	if id != storage.DeliveryID(storage.OnceStory("ai-desk", "story")) || id == storage.DeliveryID(storage.OnceItem("ai-desk", "story")) {
		t.Errorf("ID %s", id)
	}
	if !regexp.MustCompile(`^fw_[0-9a-v]{24}$`).MatchString(id) {
		t.Errorf("ID %s", id)
	}
}
