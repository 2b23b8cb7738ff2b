package boltdb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"
	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
)

// inspect looks at a store without touching it and says why it must not be
// opened. A store that is not there yet passes.
func inspect(ctx context.Context, dir string, opts Options) error {
	marker, err := readMarker(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, databaseFile)
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || info.Size() == 0 {
		if marker == "" {
			return nil
		}
		return fmt.Errorf("%w: %s says that a store was made here, but %s is missing or empty: %s",
			storage.ErrDamaged, markerFile, databaseFile, remedy)
	}
	id, err := readIdentity(ctx, path, opts)
	if err != nil {
		return err
	}
	if id != "" && marker != "" && id != marker {
		return unusable(path, fmt.Sprintf("it belongs to the store %s, and %s names %s", id, markerFile, marker))
	}
	return nil
}

// readIdentity checks the pages and the layout of the database and gives its
// UUID, "" where it was made but never filled. It holds bbolt's shared lock, so
// that nobody writes meanwhile.
func readIdentity(ctx context.Context, path string, opts Options) (id string, err error) {
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		return "", unusable(path, "it is empty") // bbolt would fill it
	}
	db, err := openDatabase(path, &bolt.Options{ReadOnly: true, Timeout: opts.timeout(ctx)})
	if err != nil {
		return "", asDamage(path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := verifyFile(path); err != nil {
		return "", err
	}
	err = db.View(func(tx *bolt.Tx) error {
		if id, err = identity(tx); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
	return id, err
}

// asDamage makes damage of an error with which bbolt refuses a file, unless it
// comes from the system or says what it is.
func asDamage(path string, err error) error {
	for _, known := range []error{storage.ErrInUse, storage.ErrDamaged, storage.ErrFull} {
		if errors.Is(err, known) {
			return err
		}
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return err
	}
	return unusable(path, err.Error())
}

// identity gives the UUID of a store whose layout this version knows.
func identity(tx *bolt.Tx) (string, error) {
	meta := tx.Bucket([]byte(tableMeta))
	if meta == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return "", fmt.Errorf("%w: it is a bbolt database, but not one of feedwatch: name another directory", storage.ErrDamaged)
		}
		return "", nil
	}
	raw := meta.Get([]byte(metaSchema))
	if len(raw) != 4 {
		return "", fmt.Errorf("%w: it names no layout: %s", storage.ErrDamaged, remedy)
	}
	n := binary.BigEndian.Uint32(raw)
	switch {
	case n == 0:
		return "", fmt.Errorf("%w: its layout has number 0: %s", storage.ErrDamaged, remedy)
	case n > Schema:
		return "", fmt.Errorf("its layout has number %d, and this version knows %d: %w: install that version again, or put back a backup made by this one with %q", n, Schema, storage.ErrNewer, "feedwatch restore FILE")
	}
	for _, name := range layouts[n] {
		if tx.Bucket([]byte(name)) == nil {
			return "", fmt.Errorf("%w: table %s is missing: %s", storage.ErrDamaged, name, remedy)
		}
	}
	id := string(meta.Get([]byte(metaID)))
	if id == "" {
		return "", fmt.Errorf("%w: it has no UUID: %s", storage.ErrDamaged, remedy)
	}
	return id, nil
}

// readMarker gives the UUID that store.id names, "" where there is no such file.
func readMarker(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, markerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(b))
	if id == "" {
		return "", fmt.Errorf("%s is %w: it is empty: remove it if %s is right", filepath.Join(dir, markerFile), storage.ErrDamaged, databaseFile)
	}
	return id, nil
}

// writeMarker writes store.id unless it is there: last of all when a store is
// made, so that a crash before leaves one that Open completes.
func writeMarker(dir, id string) error {
	if had, err := readMarker(dir); err != nil || had == id {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, markerFile), []byte(id+"\n"), 0o600); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes sure that the names of new files are on the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
