package boltdb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/feedwatch/feedwatch/storage"
)

// Enqueue implements [storage.Store].
func (s *Store) Enqueue(ctx context.Context, alerts []storage.Alert) (storage.Receipt, error) {
	encoded := make([]newAlert, len(alerts))
	for i, a := range alerts {
		var err error
		if encoded[i], err = encodeAlert(a); err != nil {
			return storage.Receipt{}, fmt.Errorf("writing alerts to the outbox: %w", err)
		}
	}
	var receipt storage.Receipt
	err := s.write(ctx, func(t *txn) error {
		receipt = storage.Receipt{}
		for _, a := range encoded {
			if err := t.addAlert(a, &receipt); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return storage.Receipt{}, fmt.Errorf("writing alerts to the outbox: %w", err)
	}
	slices.Sort(receipt.Receivers)
	return receipt, nil
}

// Arrange implements [storage.Store].
func (s *Store) Arrange(ctx context.Context, _ storage.Arrangement) error {
	return errors.Join(ctx.Err(), errors.ErrUnsupported)
}

// Story implements [storage.Store].
func (s *Store) Story(ctx context.Context, id string) (storage.Story, error) {
	return storage.Story{}, errors.Join(ctx.Err(), fmt.Errorf("story %q: %w", id, storage.ErrUnknown))
}

// Stories implements [storage.Store].
func (s *Store) Stories(context.Context, storage.StoryQuery) iter.Seq2[storage.Story, error] {
	return func(func(storage.Story, error) bool) {}
}
