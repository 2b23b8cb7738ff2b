package boltdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
)

// newAlert is an alert with its delivery, encoded before its turn to be written
// comes.
type newAlert struct {
	id, receiver    string
	alert, delivery sealed
	due, open       []byte
}

// Enqueue implements [storage.Store].
func (s *Store) Enqueue(ctx context.Context, alerts []storage.Alert) (receipt storage.Receipt, err error) {
	encoded, err := encodeAlerts(alerts)
	if err == nil {
		err = s.write(ctx, func(t *txn) error {
			receipt = storage.Receipt{}
			return t.addAlerts(encoded, &receipt)
		})
	}
	if err != nil {
		return storage.Receipt{}, fmt.Errorf("putting alerts into the outbox: %w", err)
	}
	slices.Sort(receipt.Receivers)
	return receipt, nil
}

func encodeAlerts(alerts []storage.Alert) (encoded []newAlert, err error) {
	for _, a := range alerts {
		e, err := encodeAlert(a)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, e)
	}
	return encoded, nil
}

func encodeAlert(a storage.Alert) (newAlert, error) {
	if a.Receiver == "" {
		return newAlert{}, errors.New("an alert has no receiver")
	}
	if a.ID != storage.DeliveryID(a.Once) {
		return newAlert{}, fmt.Errorf("the ID %q of an alert is not derived from its once-key: use storage.DeliveryID", a.ID)
	}
	d := deliveryRecord{receiver: a.Receiver, created: a.Created, state: storage.Pending, due: a.Created}
	return newAlert{
		id: a.ID, receiver: a.Receiver,
		alert:    sealFor(tableAlert, alertKey(a.Created, a.ID), &alertRecord{a}),
		delivery: sealFor(tableDelivery, []byte(a.ID), &d),
		due:      queueKey(a.Receiver, d.due, a.ID),
		open:     queueKey(a.Receiver, a.Created, a.ID),
	}, nil
}

func (t *txn) addAlerts(alerts []newAlert, receipt *storage.Receipt) error {
	for _, a := range alerts {
		if err := t.addAlert(a, receipt); err != nil {
			return err
		}
	}
	return nil
}

// addAlert puts an alert into the outbox, unless its once-key is taken.
func (t *txn) addAlert(a newAlert, receipt *storage.Receipt) error {
	if t.has(tableDelivery, a.delivery.key) {
		return nil
	}
	r, err := t.receiver(a.receiver)
	if err != nil {
		return err
	}
	r.pending++
	receipt.Alerts++
	if !slices.Contains(receipt.Receivers, a.receiver) {
		receipt.Receivers = append(receipt.Receivers, a.receiver)
	}
	return errors.Join(
		t.put(tableAlert, a.alert.key, a.alert.value),
		t.put(tableDelivery, a.delivery.key, a.delivery.value),
		t.put(tableDue, a.due, nil),
		t.put(tableOpen, a.open, nil),
	)
}
