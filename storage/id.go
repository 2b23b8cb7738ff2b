package storage

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// order is base32 whose digits sort as the bytes do, in lower case.
var order = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewItemID makes an item's ID: the time first seen, in milliseconds, then a
// hash of the feed and the item's first key. IDs sort by time first seen, so a
// scan by ID is a scan by time.
func NewItemID(seen time.Time, feedURL string, key Key) string {
	h := sha256.New()
	h.Write([]byte(feedURL))
	h.Write([]byte{0})
	h.Write(key[:])
	var b [15]byte
	ms := uint64(seen.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	copy(b[6:], h.Sum(nil))
	return order.EncodeToString(b[:])
}

// ItemIDFrom gives the least ID of an item first seen at t or later: the start
// of a scan.
func ItemIDFrom(t time.Time) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(max(t.UnixMilli(), 0))<<16)
	return order.EncodeToString(b[:6])
}

// OnceStory is the once-key of an alert that a receiver gets once a story.
func OnceStory(receiver, story string) string { return receiver + "\x00story\x00" + story }

// OnceItem is the once-key of an alert that a receiver gets for each item.
func OnceItem(receiver, item string) string { return receiver + "\x00item\x00" + item }

// OnceFollowUp is the once-key of what a receiver hears of a story when it has
// so many items or outlets; each step is said once.
func OnceFollowUp(receiver, story, step string) string {
	return receiver + "\x00follow-up\x00" + story + "\x00" + step
}

// OnceChange is the once-key of what a receiver hears of an item that says
// something else since a time.
func OnceChange(receiver, item string, at time.Time) string {
	return receiver + "\x00change\x00" + item + "\x00" + at.UTC().Format(time.RFC3339)
}

// OnceNotice is the once-key of a notice: topic and about name what it
// tells, since tells one episode from the next.
func OnceNotice(receiver, topic, about string, since time.Time) string {
	return receiver + "\x00notice\x00" + topic + "\x00" + about + "\x00" + since.UTC().Format(time.RFC3339)
}

// OnceBrief is the once-key of the brief that falls due at a time.
func OnceBrief(receiver string, at time.Time) string {
	return receiver + "\x00brief\x00" + at.UTC().Format(time.RFC3339)
}

// DeliveryID derives a delivery's ID from its once-key, so that a poll that runs
// again makes the same one. It holds no dot, which Standard Webhooks uses to
// part the fields it signs.
func DeliveryID(once string) string {
	sum := sha256.Sum256([]byte(once))
	return "fw_" + strings.ToLower(order.EncodeToString(sum[:15]))
}
