package boltdb

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/feedwatch/feedwatch/storage"
)

// Schema is the number of the layout that this version reads and writes.
const Schema = 2

const (
	databaseFile = "feedwatch.db"
	markerFile   = "store.id"

	metaSchema = "schema"
	metaID     = "id"
	metaCounts = "counts"

	// pageSize is twice that of most systems, so that several articles of
	// two or three kilobytes fit on a page: bbolt never splits a page of
	// fewer than five.
	pageSize = 8192
	// mapSize is how much address space is set aside at least. A file that
	// outgrows its map makes the writer wait for all readers.
	mapSize = 1 << 30
)

// Options are the settings of a store. The zero value is good.
type Options struct {
	// Timeout is how long Open waits for another process to let go of the
	// store. Zero means 5 s.
	Timeout time.Duration
	// MaxSize is how large the database file may become, in bytes; what would
	// make it larger fails with [storage.ErrFull]. The file grows in steps of
	// 16 MB, and smaller limits are held to that measure. Zero means no limit.
	MaxSize int64

	openFile func(string, int, os.FileMode) (*os.File, error) // for tests of a failing disk; nil means os.OpenFile
}

func (o Options) timeout(ctx context.Context) time.Duration {
	d := o.Timeout
	if d <= 0 {
		d = 5 * time.Second
	}
	if end, ok := ctx.Deadline(); ok {
		d = min(d, max(time.Until(end), time.Millisecond)) // bbolt takes zero for no limit
	}
	return d
}

// Store is the embedded engine. It is safe for concurrent use.
type Store struct {
	path      string
	db        *bolt.DB
	schedule  *schedule
	committer *committer
	watching  sync.Mutex // held by Watch

	life   sync.RWMutex // held for reading by each call under way
	closed bool
}

var _ storage.Store = (*Store)(nil)

var errClosed = errors.New("the store is closed")

// Open opens the store in a directory, which it makes, with mode 0700, where
// there is none. It ends all leases of the process that had the store before.
//
// Errors: [storage.ErrInUse] when another process has it for longer than the
// timeout, [storage.ErrNewer] when a newer version wrote it, and
// [storage.ErrDamaged] when its files are damaged, incomplete or not of one
// store. Whatever the error, a database that was there is left as it was.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	s, err := open(ctx, dir, opts)
	if err != nil {
		return nil, fmt.Errorf("opening the store in %s: %w", dir, err)
	}
	return s, nil
}

func open(ctx context.Context, dir string, opts Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := inspect(ctx, dir, opts); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, databaseFile)
	db, err := openDatabase(path, opts.bolt(ctx, path))
	if err != nil {
		return nil, err
	}
	if err := prepare(db, dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	plan, err := readSchedule(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{path: path, db: db, schedule: plan, committer: newCommitter(db, plan)}, nil
}

func (o Options) bolt(ctx context.Context, path string) *bolt.Options {
	size := int64(mapSize)
	if info, err := os.Stat(path); err == nil {
		size = max(size, 2*info.Size())
	}
	return &bolt.Options{
		Timeout:         o.timeout(ctx),
		PageSize:        pageSize,
		FreelistType:    bolt.FreelistMapType,
		NoFreelistSync:  true, // the list is made anew at Open; writing it each time costs more
		InitialMmapSize: int(size),
		MaxSize:         int(o.MaxSize),
		OpenFile:        o.openFile,
	}
}

// openDatabase opens with bbolt, whose panics and faults on a damaged file
// become errors.
func openDatabase(path string, o *bolt.Options) (db *bolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = unusable(path, fmt.Sprint(p))
		}
	}()
	db, err = bolt.Open(path, 0o600, o)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w: ask it with %q, or stop it", storage.ErrInUse, "feedwatch status")
	case err != nil && full(err):
		return nil, noRoom(err)
	}
	return db, err
}

// remedy is what a person can do about a store that is damaged.
const remedy = `stop feedwatch and put a backup back with "feedwatch restore FILE", or move the state directory away to begin anew`

// unusable is the error for a database file that must not be opened.
func unusable(path, why string) error {
	return fmt.Errorf("%s is %w: %s: %s", path, storage.ErrDamaged, why, remedy)
}

// prepare makes the tables of a new store, brings an older one up to this layout,
// sets the marker where it is missing, and ends the leases of the process before.
func prepare(db *bolt.DB, dir string) error {
	var id string
	layout := uint32(Schema)
	err := db.View(func(tx *bolt.Tx) error {
		if b := tx.Bucket([]byte(tableMeta)); b != nil {
			id = string(b.Get([]byte(metaID)))
			layout = binary.BigEndian.Uint32(b.Get([]byte(metaSchema))) // inspect saw that it is there
		}
		return nil
	})
	switch {
	case err != nil:
	case id == "":
		id = newID()
		err = db.Update(func(tx *bolt.Tx) error { return create(tx, id) })
	case layout < Schema:
		err = upgrade(db, layout)
	}
	if err != nil && full(err) {
		return noRoom(err)
	}
	if err != nil {
		return err
	}
	if err := writeMarker(dir, id); err != nil {
		return err
	}
	return release(db)
}

func create(tx *bolt.Tx, id string) error {
	if err := enact(tx); err != nil {
		return err
	}
	return tx.Bucket([]byte(tableMeta)).Put([]byte(metaID), []byte(id))
}

// enact makes the tables of this layout that are missing, and writes its number.
func enact(tx *bolt.Tx) error {
	for _, name := range layouts[Schema] {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return tx.Bucket([]byte(tableMeta)).Put([]byte(metaSchema), binary.BigEndian.AppendUint32(nil, Schema))
}

// upgrade brings a store to this layout, in one transaction, after it has put a
// copy of the database beside it.
func upgrade(db *bolt.DB, from uint32) error {
	aside := fmt.Sprintf("%s.layout%d", db.Path(), from)
	if err := db.View(func(tx *bolt.Tx) error { return copyTo(tx, aside) }); err != nil {
		return fmt.Errorf("putting a copy aside before the layout changes: %w", err)
	}
	return db.Update(func(tx *bolt.Tx) error {
		for _, name := range layouts[from] {
			if slices.Contains(layouts[Schema], name) {
				continue
			}
			if err := tx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		return enact(tx)
	})
}

// newID makes a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// readSchedule makes the schedule. A claim that the process before made and did
// not commit has left no trace, so all feeds are due at their own time.
func readSchedule(db *bolt.DB) (*schedule, error) {
	s := &schedule{feeds: make(map[string]*slot)}
	err := db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(tableFeed)).ForEach(func(k, v []byte) error {
			var p planRecord
			if err := unsealFront(tableFeed, k, v, &p); err != nil {
				return err
			}
			s.enter(string(k), p.epoch, p.next, p.watched)
			return nil
		})
	})
	return s, err
}

// release ends the lease of every delivery: the file's lock proves that who held
// them is gone. Where the disk is too full even for that, they end when their time comes, and
// reading and pruning can go on.
func release(db *bolt.DB) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	t := &txn{tx: tx}
	if err := errors.Join(t.releaseDeliveries(), t.finish()); err != nil || t.writes == 0 {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil && !full(err) {
		return err
	}
	return nil
}

// Close waits for the calls under way and closes the file.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.committer.stop(), s.db.Close())
}

// view reads in one transaction, which ends before view returns: what do keeps
// must be its own copy.
func (s *Store) view(ctx context.Context, do func(*txn) error) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(func(tx *bolt.Tx) error { return do(&txn{tx: tx}) })
}

// write has the committer run a job.
func (s *Store) write(ctx context.Context, do func(*txn) error) error {
	return s.submit(ctx, &job{do: do})
}

func (s *Store) submit(ctx context.Context, j *job) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return errClosed
	}
	return s.committer.submit(ctx, j)
}
