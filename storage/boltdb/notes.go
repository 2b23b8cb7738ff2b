package boltdb

import (
	"bytes"
	"encoding/binary"
)

// readNotes fills in what of a feed stands in the table note.
func (t *txn) readNotes(f *feedRecord) (err error) {
	if f.Rhythm, err = t.note(noteKey(f.num, noteRhythm)); err != nil {
		return err
	}
	f.Entry, err = t.note(noteKey(f.num, noteEntry))
	return err
}

// note reads one note, nil where there is none. It is a noteRecord, read without
// a copy of the whole.
func (t *txn) note(key []byte) ([]byte, error) {
	raw := t.bucket(tableNote).Get(key)
	if raw == nil {
		return nil, nil
	}
	if err := sound(tableNote, key, raw); err != nil {
		return nil, err
	}
	n, length := binary.Uvarint(raw[headerLen:])
	if length <= 0 || n != uint64(len(raw)-headerLen-length) {
		return nil, damaged(tableNote, key, misfit)
	}
	if n == 0 {
		return nil, nil
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
	if len(raw) < headerLen || raw[0] != version {
		return false
	}
	n, length := binary.Uvarint(raw[headerLen:])
	return length > 0 && n == uint64(len(text)) && bytes.Equal(raw[headerLen+length:], text)
}
