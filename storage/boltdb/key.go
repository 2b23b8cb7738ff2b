package boltdb

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// The tables; doc.go says what is in them.
const (
	tableMeta     = "meta"
	tableFeed     = "feed"
	tableNote     = "note"
	tableSeen     = "seen"
	tableItem     = "item"
	tableStory    = "story"
	tableLatest   = "latest"
	tableWas      = "was"
	tableAlert    = "alert"
	tableDelivery = "delivery"
	tableDue      = "due"
	tableOpen     = "open"
	tableReceiver = "receiver"
)

// layouts lists the tables of each layout, by its number: the last one is that
// which this version writes.
var layouts = [Schema + 1][]string{
	1: {
		tableMeta, tableFeed, "next", tableSeen, tableItem,
		tableAlert, tableDelivery, tableDue, tableOpen, tableReceiver,
	},
	2: {
		tableMeta, tableFeed, tableNote, tableSeen, tableItem, tableStory, tableLatest, tableWas,
		tableAlert, tableDelivery, tableDue, tableOpen, tableReceiver,
	},
}

const timeLen = 12

// yearOne is the Unix time of the zero time.Time, so that times count from 0.
const yearOne = -62135596800

// appendTime appends t so that keys sort as times do, to the nanosecond. Times
// before the year 1 count as the zero time.
func appendTime(b []byte, t time.Time) []byte {
	if t.Before(time.Time{}) {
		t = time.Time{}
	}
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix()-yearOne))
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

// cutTime takes the time off the front of a key. A key too short to hold one is
// damaged: it gives nothing, and there is no record of that name.
func cutTime(k []byte) (at time.Time, rest string) {
	if len(k) < timeLen {
		return time.Time{}, ""
	}
	return clock(binary.BigEndian.Uint64(k), uint64(binary.BigEndian.Uint32(k[8:]))), string(k[timeLen:])
}

// clock is the time so many seconds after the zero time.
func clock(sec, nsec uint64) time.Time {
	if sec == 0 && nsec == 0 {
		return time.Time{}
	}
	return time.Unix(int64(sec)+yearOne, int64(nsec)).UTC()
}

// dayOf is the number of the UTC day of t, 0 for the zero time.
func dayOf(t time.Time) int64 { return (t.Unix() - yearOne) / (24 * 60 * 60) }

func seenKey(feed uint32, key storage.Key) []byte {
	return append(seenPrefix(feed), key[:]...)
}

// What is in the table note.
const (
	noteRhythm byte = 'r'
	noteEntry  byte = 'e'
)

func noteKey(feed uint32, kind byte) []byte { return append(seenPrefix(feed), kind) }

func seenPrefix(feed uint32) []byte {
	return binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(storage.Key{})), feed)
}

func latestKey(last time.Time, story string) []byte {
	return append(appendTime(make([]byte, 0, timeLen+len(story)), last), story...)
}

func alertKey(created time.Time, id string) []byte {
	return append(appendTime(make([]byte, 0, timeLen+len(id)), created), id...)
}

// queueKey is a key of the tables due and open.
func queueKey(receiver string, at time.Time, id string) []byte {
	return append(appendTime(queuePrefix(receiver), at), id...)
}

func queuePrefix(receiver string) []byte {
	b := make([]byte, 0, 4+len(receiver)+timeLen+32)
	b = binary.BigEndian.AppendUint32(b, uint32(len(receiver)))
	return append(b, receiver...)
}

// cutQueue takes the receiver off the front of a key of due or open, then the
// time, and leaves the delivery's ID.
func cutQueue(k []byte) (at time.Time, id string) {
	if len(k) < 4 || uint64(binary.BigEndian.Uint32(k)) > uint64(len(k)-4) {
		return time.Time{}, ""
	}
	return cutTime(k[4+binary.BigEndian.Uint32(k):])
}

// printable shows a key in an error. A feed's URL may hold a password or a
// token, so of it only the host and a hash are shown.
func printable(table string, key []byte) string {
	switch table {
	case tableFeed:
		return feedName(string(key))
	case tableAlert, tableLatest:
		_, id := cutTime(key)
		return fmt.Sprintf("%q", id)
	case tableMeta, tableItem, tableStory, tableWas, tableDelivery, tableReceiver:
		return fmt.Sprintf("%q", key)
	}
	return fmt.Sprintf("%x", key)
}

// feedName names a feed in an error without what its URL may keep secret.
func feedName(feedURL string) string {
	sum := sha256.Sum256([]byte(feedURL))
	host := "?"
	if u, err := url.Parse(feedURL); err == nil && u.Host != "" {
		host = u.Host
	}
	return fmt.Sprintf("feed of %s (%x)", host, sum[:4])
}
