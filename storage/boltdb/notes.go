package boltdb

import (
	"bytes"
	"encoding/binary"
)

// readNotes fills in what of a feed stands in the table note. Both stand side by
// side, so one search finds them.
func (t *txn) readNotes(f *feedRecord) (err error) {
	prefix := seenPrefix(f.num)
	c := t.bucket(tableNote).Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix) && err == nil; k, v = c.Next() {
		switch string(k[len(prefix):]) {
		case string(noteRhythm):
			f.Rhythm, err = note(k, v)
		case string(noteEntry):
			f.Entry, err = note(k, v)
		}
	}
	return err
}

// note reads one note. It is a noteRecord, read without a copy of the whole.
func note(key, raw []byte) ([]byte, error) {
	if err := sound(tableNote, key, raw); err != nil {
		return nil, err
	}
	n, length := binary.Uvarint(raw[headerLen:])
	if length <= 0 || n != uint64(len(raw)-headerLen-length) {
		return nil, damaged(tableNote, key, misfit)
	}
	return bytes.Clone(raw[headerLen+length:]), nil
}

// writeNotes writes of a feed's notes those that have changed.
func (t *txn) writeNotes(f *feedRecord) error {
	if err := t.setNote(noteKey(f.num, noteRhythm), f.Rhythm); err != nil {
		return err
	}
	return t.setNote(noteKey(f.num, noteEntry), f.Entry)
}

func (t *txn) setNote(key, text []byte) error {
	had := t.bucket(tableNote).Get(key)
	if len(text) == 0 {
		if had == nil {
			return nil
		}
		return t.delete(tableNote, key)
	}
	if holds(had, text) {
		return nil
	}
	return t.put(tableNote, key, seal(tableNote, key, &noteRecord{text}))
}

// holds says whether a record, whose checksum was right when it was read, has
// this text already. Nearly all have.
func holds(raw, text []byte) bool {
	if len(raw) < headerLen { // Notes are alike in all versions.
		return false
	}
	n, length := binary.Uvarint(raw[headerLen:])
	return length > 0 && n == uint64(len(text)) && bytes.Equal(raw[headerLen+length:], text)
}
