package boltdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage"
)

// replacedSuffix is added to the name of a database that a backup takes the place
// of, which is kept.
const replacedSuffix = ".replaced"

// compactBytes is how much Compact copies in one transaction.
const compactBytes = 1 << 20

// Backup writes a copy of the database, as it is at this moment, to a file, which
// appears whole or not at all and replaces one of that name. The store goes on
// meanwhile; the file should be on a local disk, because what is freed can't be
// used again until the copy is written.
func (s *Store) Backup(ctx context.Context, file string) error {
	err := s.view(ctx, func(t *txn) error { return copyTo(t.tx, file) })
	if err != nil {
		return fmt.Errorf("writing a backup to %s: %w", file, err)
	}
	return nil
}

func copyTo(tx *bolt.Tx, file string) error {
	return replace(file, func(w *os.File) error {
		_, err := tx.WriteTo(w)
		return err
	})
}

// replace writes a file beside the one it replaces, and syncs it before and after
// it takes its name.
func replace(file string, write func(*os.File) error) (err error) {
	p, err := renameio.NewPendingFile(file, renameio.WithPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Cleanup()) }()
	if err := write(p.File); err != nil {
		return err
	}
	if err := p.CloseAtomicallyReplace(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(file))
}

// Restore puts a backup in the place of the store in a directory, whatever has
// become of that. The backup is checked first; the database that was there is
// kept beside it, as feedwatch.db.replaced. What was delivered after the backup
// was made is not known in it, and may be delivered again.
//
// Errors: [storage.ErrInUse] when a process has the store open,
// [storage.ErrDamaged] and [storage.ErrNewer] when the backup can't be used.
func Restore(ctx context.Context, dir, file string, opts Options) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restoring %s: %w", file, err)
		}
	}()
	id, err := readIdentity(ctx, file, opts)
	if err != nil {
		return err
	}
	if id == "" {
		return fmt.Errorf("%w: it was never filled: name a file that %q wrote", storage.ErrDamaged, "feedwatch backup FILE")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, databaseFile)
	release, err := lockOut(ctx, path, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := keepAside(path); err != nil {
		return err
	}
	if err := replace(path, func(w *os.File) error { return copyInto(w, file) }); err != nil {
		return err
	}
	return writeMarker(dir, id)
}

// lockOut keeps other processes from opening a database until release is called.
// One that bbolt can't open, nobody has.
func lockOut(ctx context.Context, path string, opts Options) (release func() error, err error) {
	nothing := func() error { return nil }
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nothing, nil
	}
	db, err := openDatabase(path, &bolt.Options{ReadOnly: true, Timeout: opts.timeout(ctx)})
	if errors.Is(err, storage.ErrInUse) {
		return nil, err
	}
	if err != nil {
		return nothing, nil
	}
	return db.Close, nil
}

// keepAside gives a file a second name, which outlives its replacement.
func keepAside(path string) error {
	aside := path + replacedSuffix
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(path, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func copyInto(w *os.File, file string) error {
	r, err := os.Open(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, r.Close())
}

// Compact writes the database of a store that no process has open anew, without
// the pages that hold nothing, and says how many bytes the file had and has. It
// needs as much room on the disk as what is in use.
//
// Errors are those of [Open]; whatever the error, the database is left as it was.
func Compact(ctx context.Context, dir string, opts Options) (before, after int64, err error) {
	path := filepath.Join(dir, databaseFile)
	if err := inspect(ctx, dir, opts); err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	db, err := openDatabase(path, opts.bolt(ctx, path))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = replace(path, func(w *os.File) error { return compactInto(db, w.Name()) })
	if err != nil && full(err) {
		return 0, 0, noRoom(err)
	}
	if err != nil {
		return 0, 0, err
	}
	smaller, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), smaller.Size(), nil
}

// compactInto copies a database into an empty file. It is synced as a whole, by
// who replaces the other with it.
func compactInto(db *bolt.DB, file string) error {
	to, err := bolt.Open(file, 0o600, &bolt.Options{PageSize: pageSize, FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoSync: true})
	if err != nil {
		return err
	}
	return errors.Join(bolt.Compact(to, db, compactBytes), to.Close())
}
