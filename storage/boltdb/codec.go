package boltdb

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/feedwatch/feedwatch/storage"
)

// version is the version byte of records written now. Those of all versions
// before it, from 1, can be read. 2 brought the last two fields of receivers; 3
// what changes, stories, follow-ups, notices and briefs need; 4 texts that are
// packed.
const version = 4

const headerLen = 5 // version byte, CRC32C

const misfit = "its fields do not fit its length"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is what a table holds: it names its fields in their order on disk, once
// for both directions.
type record interface{ code(c *coder) }

// seal encodes a record that is to stand under a key.
func seal(table string, key []byte, r record) []byte {
	c := coder{version: version, buf: make([]byte, headerLen, 256)}
	c.buf[0] = version
	r.code(&c)
	binary.LittleEndian.PutUint32(c.buf[1:], checksum(table, key, c.buf))
	return c.buf
}

// unseal checks and decodes the record found under a key.
func unseal(table string, key, raw []byte, r record) error {
	if err := sound(table, key, raw); err != nil {
		return err
	}
	c := coder{version: raw[0], reading: true, rest: string(raw[headerLen:])}
	r.code(&c)
	if c.short || c.rest != "" {
		return damaged(table, key, misfit)
	}
	return nil
}

// maxFront is more than the longest front of a record has.
const maxFront = 64

// unsealFront checks a record, and decodes its first fields only, those of which r
// consists. They are no longer than maxFront.
func unsealFront(table string, key, raw []byte, r record) error {
	if err := sound(table, key, raw); err != nil {
		return err
	}
	c := coder{version: raw[0], reading: true, rest: string(raw[headerLen:min(len(raw), headerLen+maxFront)])}
	r.code(&c)
	if c.short {
		return damaged(table, key, misfit)
	}
	return nil
}

// sound checks a record without its fields.
func sound(table string, key, raw []byte) error {
	switch {
	case len(raw) < headerLen:
		return damaged(table, key, "it is too short")
	case binary.LittleEndian.Uint32(raw[1:]) != checksum(table, key, raw):
		return damaged(table, key, "its checksum is wrong")
	case raw[0] > version:
		return fmt.Errorf("table %s, %s: record of version %d: %w: update feedwatch", table, printable(table, key), raw[0], storage.ErrNewer)
	}
	return nil
}

// checksum covers all but itself: where the record stands, version and fields.
func checksum(table string, key, raw []byte) uint32 {
	sum := crc32.Update(nameSum(table), castagnoli, key)
	sum = crc32.Update(sum, castagnoli, raw[:1])
	return crc32.Update(sum, castagnoli, raw[headerLen:])
}

// nameSum is the CRC32C of a few letters, without a copy of them.
func nameSum(name string) uint32 {
	sum := ^uint32(0)
	for i := range len(name) {
		sum = castagnoli[byte(sum)^name[i]] ^ sum>>8
	}
	return ^sum
}

func damaged(table string, key []byte, what string) error {
	return fmt.Errorf("table %s, %s: record is %w: %s: %s", table, printable(table, key), storage.ErrDamaged, what, remedy)
}

// coder writes fields into buf or reads them from rest. Strings that it reads
// are parts of rest, a copy of the record, so one allocation serves them all.
type coder struct {
	version byte // of the record
	reading bool
	short   bool // the record ended before its fields did
	buf     []byte
	rest    string
}

func (c *coder) uint(v *uint64) {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, *v)
		return
	}
	*v = 0
	for shift := uint(0); shift < 64; shift += 7 {
		if c.rest == "" {
			break
		}
		b := c.rest[0]
		c.rest = c.rest[1:]
		*v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return
		}
	}
	*v, c.short, c.rest = 0, true, ""
}

// hash codes a number that is as likely to be large as small.
func (c *coder) hash(v *uint64) {
	if !c.reading {
		c.buf = binary.BigEndian.AppendUint64(c.buf, *v)
		return
	}
	if len(c.rest) < 8 {
		*v, c.short, c.rest = 0, true, ""
		return
	}
	*v, c.rest = binary.BigEndian.Uint64([]byte(c.rest[:8])), c.rest[8:]
}

// number codes an integer whose negative values are rare.
func number[T ~int | ~int64 | ~uint32](c *coder, v *T) {
	u := uint64(int64(*v))
	c.uint(&u)
	*v = T(u)
}

func text[T ~string](c *coder, v *T) {
	n := uint64(len(*v))
	c.uint(&n)
	if !c.reading {
		c.buf = append(c.buf, *v...)
		return
	}
	if n > uint64(len(c.rest)) {
		n, c.short = 0, true
	}
	*v, c.rest = T(c.rest[:n]), c.rest[n:]
}

const (
	leastPacked = 128     // bytes; a shorter text gains nothing
	mostPacked  = 1 << 20 // and a longer one is no article, so that reading a record takes bounded memory
)

// prose codes a text of an article's length. From version 4 on it is packed where
// that saves an eighth: its first field holds what s2 made of it, or nothing where
// the text follows as it is. Articles shrink to three quarters, in a few
// microseconds.
func prose(c *coder, v *string) {
	if c.version < 4 {
		text(c, v)
		return
	}
	if !c.reading && c.pack(*v) {
		return
	}
	var packed string
	text(c, &packed)
	if packed == "" {
		text(c, v)
		return
	}
	*v = c.unpack(packed)
}

// pack writes a text packed if that is worth while. It works in the room behind
// what is written, past the place for the length.
func (c *coder) pack(s string) bool {
	n := len(s)
	if n < leastPacked || n > mostPacked {
		return false
	}
	c.buf = slices.Grow(c.buf, binary.MaxVarintLen32+s2.MaxEncodedLen(n))
	room := c.buf[len(c.buf)+binary.MaxVarintLen32 : cap(c.buf)]
	block := s2.Encode(room, []byte(s))
	if len(block) > n-n/8 {
		return false
	}
	c.buf = binary.AppendUvarint(c.buf, uint64(len(block)))
	c.buf = append(c.buf, block...)
	return true
}

func (c *coder) unpack(packed string) string {
	block := []byte(packed)
	if n, err := s2.DecodedLen(block); err != nil || n > mostPacked {
		c.short = true
		return ""
	}
	b, err := s2.Decode(nil, block)
	if err != nil {
		c.short = true
		return ""
	}
	return string(b)
}

func (c *coder) bool(v *bool) {
	var u uint64
	if *v {
		u = 1
	}
	c.uint(&u)
	*v = u != 0
}

// time keeps the instant to the nanosecond and forgets the zone.
func (c *coder) time(v *time.Time) {
	sec, nsec := uint64(v.Unix()-yearOne), uint64(v.Nanosecond())
	c.uint(&sec)
	c.uint(&nsec)
	*v = clock(sec, nsec)
}

// blob codes bytes that mean nothing to the store; none read back as nil.
func (c *coder) blob(v *[]byte) {
	s := string(*v)
	text(c, &s)
	if c.reading {
		*v = nil
		if s != "" {
			*v = []byte(s)
		}
	}
}

// optional codes what may be missing.
func optional[T any](c *coder, v **T, each func(*coder, *T)) {
	has := *v != nil
	c.bool(&has)
	if !has {
		*v = nil
		return
	}
	if c.reading {
		*v = new(T)
	}
	each(c, *v)
}

// list codes a slice; an empty one reads back as nil.
func list[T any](c *coder, v *[]T, each func(*coder, *T)) {
	n := uint64(len(*v))
	c.uint(&n)
	if c.reading {
		if n > uint64(len(c.rest)) { // each element takes a byte at least
			n, c.short = 0, true
		}
		*v = nil
		if n > 0 {
			*v = make([]T, n)
		}
	}
	for i := range *v {
		each(c, &(*v)[i])
	}
}

func (c *coder) texts(v *[]string) { list(c, v, text[string]) }
