package boltdb

import (
	"github.com/feedwatch/feedwatch/storage"
)

// newChange is a change whose alerts are encoded.
type newChange struct {
	storage.Change
	alerts []newAlert
}

func encodeChanges(changes []storage.Change) (encoded []newChange, err error) {
	for _, c := range changes {
		alerts, err := encodeAlerts(c.Alerts)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, newChange{c, alerts})
	}
	return encoded, nil
}

// change notes the new digest of an entry and gives its item, where that is still
// there, the new content.
func (t *txn) change(feed uint32, c newChange, receipt *storage.Receipt) error {
	for _, key := range c.Keys {
		if err := t.noteDigest(seenKey(feed, key), c.Digest); err != nil {
			return err
		}
	}
	var r itemRecord
	known, err := t.load(tableItem, []byte(c.Item), &r)
	if err != nil || !known {
		return err
	}
	r.Revise(c.Change)
	if err := t.store(tableItem, []byte(c.Item), &r); err != nil {
		return err
	}
	return t.addAlerts(c.alerts, receipt)
}

func (t *txn) noteDigest(key []byte, digest uint64) error {
	var r seenRecord
	known, err := t.load(tableSeen, key, &r)
	if err != nil || !known || r.digest == digest {
		return err
	}
	r.digest = digest
	return t.store(tableSeen, key, &r)
}
