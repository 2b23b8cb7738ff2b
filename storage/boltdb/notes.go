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

func (t *txn) note(key []byte) ([]byte, error) {
	var n noteRecord
	_, err := t.load(tableNote, key, &n)
	return n.text, err
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
