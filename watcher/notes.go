package watcher

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"time"
)

// notes are what the watcher writes down of a feed for itself, in
// storage.Feed.Rhythm: what the store need not understand.
type notes struct {
	rhythm rhythm
	move   move
	well   time.Time // since when an ailment that was told is over; zero where it is not
}

// move is a permanent redirect that is being watched.
type move struct {
	to    uint64    // hash of the address it leads to; 0: there is none
	times int       // in a row
	since time.Time // the first of them
	told  bool      // in a notice
}

// addressSum tells addresses apart in a few bytes.
func addressSum(url string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(url))
	return mix(h.Sum64()) | 1
}

// notesFormat is the first byte of stored notes.
const notesFormat = 1

// stored is the notes as the store keeps them, in well under a kilobyte: times
// in Unix seconds, counts in sixteenths, a run of zeros as a zero and its
// length.
func (n *notes) stored() []byte {
	r := &n.rhythm
	b := append(make([]byte, 0, 96), notesFormat)
	for _, t := range []time.Time{r.since, r.at, n.well, n.move.since} {
		b = binary.AppendVarint(b, unixOf(t))
	}
	b = binary.AppendUvarint(b, n.move.to)
	b = binary.AppendVarint(b, int64(n.move.times))
	told := byte(0)
	if n.move.told {
		told = 1
	}
	b = append(b, told)
	b = binary.AppendUvarint(b, uint64(min(math.Round(r.items), 1<<40)))
	b = binary.AppendUvarint(b, sixteenths(r.recent))
	for i := 0; i < hoursOfWeek; i++ {
		count := sixteenths(r.hours[i])
		b = binary.AppendUvarint(b, count)
		if count > 0 {
			continue
		}
		zeros := 1
		for i+1 < hoursOfWeek && sixteenths(r.hours[i+1]) == 0 {
			i++
			zeros++
		}
		b = binary.AppendUvarint(b, uint64(zeros))
	}
	return b
}

// sixteenths rounds a count; none grows beyond what two bytes hold.
func sixteenths(n float64) uint64 { return uint64(min(math.Round(n*16), 1<<14-1)) }

// unixOf is a time in Unix seconds, 0 for none.
func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeOf(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

// readNotes reads what stored wrote. What it can't read is as if nothing had
// been written: a habit is learned again, so there is nothing to fail for.
func readNotes(b []byte) (n notes) {
	n.read(b)
	return n
}

// readRhythm is the rhythm among the notes. They are too large for a stack: one
// that must grow for them costs more than all else that is planned.
func readRhythm(b []byte) *rhythm {
	n := new(notes)
	n.read(b)
	return &n.rhythm
}

func (n *notes) read(b []byte) {
	if len(b) == 0 || b[0] != notesFormat {
		return
	}
	d := decoder{rest: b[1:]}
	for _, t := range []*time.Time{&n.rhythm.since, &n.rhythm.at, &n.well, &n.move.since} {
		*t = timeOf(d.varint())
	}
	n.move.to, n.move.times = d.uvarint(), int(d.varint())
	n.move.told = d.uvarint() == 1
	n.rhythm.items = float64(min(d.uvarint(), 1<<40))
	n.rhythm.recent = float64(d.uvarint()) / 16
	for i := 0; i < hoursOfWeek && !d.bad; i++ {
		count := d.uvarint()
		if count == 0 {
			i += int(min(max(d.uvarint(), 1), hoursOfWeek)) - 1
			continue
		}
		n.rhythm.hours[i] = float64(count) / 16
	}
	if d.bad {
		*n = notes{}
	}
}

// decoder reads numbers and remembers whether one was missing.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	d.skip(n)
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	d.skip(n)
	return v
}

func (d *decoder) skip(n int) {
	if n <= 0 {
		d.bad, d.rest = true, nil
		return
	}
	d.rest = d.rest[n:]
}
