package feed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"time"
)

// A record is what a reading leaves for the next one, so that entries whose
// bytes did not change are not read again, which costs twenty times what their
// bytes cost to fetch and compare. For each entry it holds the sum of its bytes
// and its identities, cut short: they tell a new entry that shares a guid, a
// link or a title with one that was not read. An entry's bytes mean the same
// only within the same elements and at the same address, so the sum covers
// those as well.
//
// What depends on all entries at once is kept in the record, too: the one date
// of all, which is not believed.
type record struct {
	hints   Hints
	date    int64 // that all entries had and that was not believed, in Unix seconds; 0: none
	entries map[sum]shortIdentity
}

// sum stands for the bytes of an entry; the zero sum for none.
type sum [8]byte

// shortIdentity is an identity, each key cut to four bytes; zero: none. Two
// different keys of one document that look alike in them are one in a million
// documents, and cost a new entry one of its keys.
type shortIdentity [3]uint32

// The layout of a record, all numbers in little endian: the version; what the
// feed asked for (seconds, hours and days as bits); the date; 20 bytes an entry.
const (
	recordVersion = 1
	recordHead    = 1 + 4 + 4 + 1 + 8
	recordEntry   = 8 + 3*4
	maxRecord     = 64 << 10
)

func (id identity) short() shortIdentity {
	return shortIdentity{id.guid.cut(), id.link.cut(), id.title.cut()}
}

func (k Key) cut() uint32 { return binary.LittleEndian.Uint32(k[:4]) }

// newRecord begins a record.
func newRecord(h Hints, date int64) []byte {
	b := make([]byte, 0, recordHead+32*recordEntry)
	b = append(b, recordVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Wait/time.Second))
	hours, days := uint32(0), byte(0)
	for _, at := range h.SkipHours {
		hours |= 1 << at
	}
	for _, d := range h.SkipDays {
		days |= 1 << d
	}
	b = binary.LittleEndian.AppendUint32(b, hours)
	b = append(b, days)
	return binary.LittleEndian.AppendUint64(b, uint64(date))
}

// addEntry adds one entry, as long as there is room.
func addEntry(b []byte, s sum, id shortIdentity) []byte {
	if s == (sum{}) || len(b)+recordEntry > maxRecord {
		return b
	}
	b = append(b, s[:]...)
	for _, k := range id {
		b = binary.LittleEndian.AppendUint32(b, k)
	}
	return b
}

// readRecord reads a record; nil for none, or for one of another version.
func readRecord(b []byte) *record {
	if len(b) < recordHead || b[0] != recordVersion || (len(b)-recordHead)%recordEntry != 0 {
		return nil
	}
	r := &record{hints: readHints(b[1:]), date: int64(binary.LittleEndian.Uint64(b[10:]))}
	r.entries = make(map[sum]shortIdentity, (len(b)-recordHead)/recordEntry)
	for b = b[recordHead:]; len(b) > 0; b = b[recordEntry:] {
		var id shortIdentity
		for i := range id {
			id[i] = binary.LittleEndian.Uint32(b[8+4*i:])
		}
		r.entries[sum(b[:8])] = id
	}
	return r
}

func readHints(b []byte) Hints {
	h := Hints{Wait: time.Duration(binary.LittleEndian.Uint32(b)) * time.Second}
	for hours := binary.LittleEndian.Uint32(b[4:]) & (1<<24 - 1); hours != 0; hours &= hours - 1 {
		h.SkipHours = append(h.SkipHours, bits.TrailingZeros32(hours))
	}
	for days := b[8] & (1<<7 - 1); days != 0; days &= days - 1 {
		h.SkipDays = append(h.SkipDays, time.Weekday(bits.TrailingZeros8(days)))
	}
	return h
}

// RecallHints gives what a feed asked for when it was last read, from the record
// of that reading: an answer that says "not modified" asks for the same. No
// record, or one that cannot be read, gives the zero Hints.
func RecallHints(record []byte) Hints {
	if len(record) < recordHead || record[0] != recordVersion {
		return Hints{}
	}
	return readHints(record[1:])
}

// listed recognises entries on the mender's way.
type listed struct {
	last    *record
	budget  int // bytes that may still be compared in vain
	nextEnd int // the end tag that was found last
	outer   int // where the tag around the entries ends, for which context stands
	context sum // of the tags around the entries, and of where the document came from
}

// entryEnd gives where the entry that t begins ends, if its first end tag is its
// own; 0 if there is none. The rule must be simple, since it is applied to bytes
// that nobody has read: whether it was right is seen when they are (signEntry).
func (m *mender) entryEnd(t tag) int {
	l := &m.listed
	if l.nextEnd < t.end {
		i := m.find("</"+t.name+">", t.end)
		if i < 0 {
			return 0
		}
		l.nextEnd = i + len(t.name) + 3
	}
	return l.nextEnd
}

// skipKnown passes over the entry that t begins, if it is known.
func (m *mender) skipKnown(t tag) bool {
	l := &m.listed
	if l.last == nil || t.empty || l.budget <= 0 {
		return false
	}
	end := m.entryEnd(t)
	if end == 0 {
		return false
	}
	s := m.sumOf(m.pos, end)
	if _, ok := l.last.entries[s]; !ok {
		l.budget -= end - m.pos
		return false
	}
	m.result.known = append(m.result.known, s)
	m.entry = t.name
	m.pos, m.wholeTo = end, len(m.out)
	return true
}

// signEntry notes the sum of the entry that was just closed, if it ended where
// entryEnd says.
func (m *mender) signEntry() {
	e := &m.result.items[len(m.result.items)-1]
	if e.end == m.pos {
		e.sum = m.sumOf(e.start, e.end)
	}
}

// sumOf is the sum of an entry's bytes and of what stands around them.
func (m *mender) sumOf(start, end int) sum {
	l := &m.listed
	if outer := &m.open[len(m.open)-1]; l.outer != outer.end {
		l.outer, l.context = outer.end, m.contextSum()
	}
	h := sha256.New()
	h.Write(l.context[:])
	h.Write(m.in[start:end])
	var all [sha256.Size]byte
	return sum(h.Sum(all[:0])[:len(sum{})])
}

func (m *mender) contextSum() sum {
	var b bytes.Buffer
	b.WriteString(m.format)
	if m.base != nil {
		b.WriteString(m.base.String())
	}
	for _, e := range m.open {
		b.WriteByte(0)
		b.Write(m.in[e.start:e.end])
	}
	all := sha256.Sum256(b.Bytes())
	return sum(all[:len(sum{})])
}
