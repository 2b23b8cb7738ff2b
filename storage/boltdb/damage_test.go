package boltdb_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const pageSize = 8192

// damages are what can become of a database file. Those of after get the file as
// it was some commits earlier too.
var damages = []struct {
	name  string
	wreck func(db, before []byte) []byte // nil removes the file
	says  string
}{
	{"a value's byte is flipped", flipValue, "table item"},
	{"a page's flags are wrong", func(db, _ []byte) []byte { db[root(db)*pageSize+8] ^= 0x40; return db }, "neither branch nor leaf"},
	{"the first meta page is damaged", func(db, _ []byte) []byte { db[16+20] ^= 1; return db }, "meta page 0"},
	{"the second meta page is damaged", func(db, _ []byte) []byte { db[pageSize+16+20] ^= 1; return db }, "meta page 1"},
	{"both meta pages are damaged", func(db, _ []byte) []byte { clear(db[:2*pageSize]); return db }, "damaged"},
	{"it is cut to half of what is in use", func(db, _ []byte) []byte { return db[:used(db)*pageSize/2] }, "cut off"},
	{"it has 6,000 bytes", func(db, _ []byte) []byte { return db[:6000] }, "damaged"},
	{"it has no bytes", func(db, _ []byte) []byte { return db[:0] }, "put a backup"},
	{"it is missing", func(db, _ []byte) []byte { return nil }, "missing"},
	{"it is garbage", func(db, _ []byte) []byte {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range db {
			db[i] = byte(r.Uint32())
		}
		return db
	}, "damaged"},
	{"every third page is zeroed", func(db, _ []byte) []byte {
		for i := 2; i < len(db)/pageSize; i += 3 {
			clear(db[i*pageSize:][:pageSize])
		}
		return db
	}, "page"},
	{"the newest pages did not reach the disk, the meta page did", func(db, before []byte) []byte {
		copy(db[2*pageSize:], before[2*pageSize:])
		return db
	}, "page"},
	{"sectors of the newest pages are torn", func(db, before []byte) []byte {
		for i := 2 * pageSize; i+512 <= min(len(db), len(before)); i += 1024 {
			copy(db[i:i+512], before[i:])
		}
		return db
	}, "page"},
	{"a branch leads back to itself", func(db, _ []byte) []byte {
		branch := findPage(db, 1)
		binary.NativeEndian.PutUint64(db[branch*pageSize+16+8:], uint64(branch))
		return db
	}, "used twice"},
	{"a page overflows past the end", func(db, _ []byte) []byte {
		binary.NativeEndian.PutUint32(db[findPage(db, 2)*pageSize+12:], 1<<30)
		return db
	}, "wrong header"},
	{"a page counts more than it holds", func(db, _ []byte) []byte {
		binary.NativeEndian.PutUint16(db[findPage(db, 2)*pageSize+10:], 0xffff)
		return db
	}, "page"},
}

// flipValue changes one letter of an item's text.
func flipValue(db, _ []byte) []byte {
	i := bytes.LastIndex(db, []byte(prose(7, 2000)))
	db[i+1000] ^= 1
	return db
}

// meta gives the newer of the meta pages, without its page header.
func meta(db []byte) []byte {
	a, b := db[16:], db[pageSize+16:]
	if binary.NativeEndian.Uint64(b[48:]) > binary.NativeEndian.Uint64(a[48:]) {
		return b
	}
	return a
}

func root(db []byte) int { return int(binary.NativeEndian.Uint64(meta(db)[16:])) }
func used(db []byte) int { return int(binary.NativeEndian.Uint64(meta(db)[40:])) }

// findPage gives the last page in use that has these flags.
func findPage(db []byte, flags uint16) int {
	for i := used(db) - 1; i > 1; i-- {
		p := db[i*pageSize:]
		if binary.NativeEndian.Uint16(p[8:]) == flags && binary.NativeEndian.Uint64(p) == uint64(i) && reachable(db, i) {
			return i
		}
	}
	return 0
}

// reachable says whether a branch or a bucket leads to a page: freed pages keep
// their looks.
func reachable(db []byte, page int) bool {
	want := binary.NativeEndian.AppendUint64(nil, uint64(page))
	for i := 2; i < used(db); i++ {
		p := db[i*pageSize:][:pageSize]
		if i != page && binary.NativeEndian.Uint16(p[8:]) == 1 && binary.NativeEndian.Uint64(p) == uint64(i) && bytes.Contains(p, want) {
			return true
		}
	}
	return bytes.Contains(db[root(db)*pageSize:][:pageSize], want)
}

func TestADamagedFileIsANamedErrorAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	before, after, marker := twoStates(t)
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "feedwatch.db")
			wrecked := d.wreck(bytes.Clone(after), before)
			ok(t, os.WriteFile(filepath.Join(dir, "store.id"), marker, 0o600))
			if wrecked != nil {
				ok(t, os.WriteFile(path, wrecked, 0o600))
			}
			said, code := runChild(t, "read", dir)
			if code != exitDamaged || !strings.Contains(said, d.says) || !strings.Contains(said, "put a backup") {
				t.Errorf("exit code %d: %s", code, said)
			}
			left, err := os.ReadFile(path)
			if err != nil && (wrecked != nil || !errors.Is(err, fs.ErrNotExist)) {
				t.Fatal(err)
			}
			if !bytes.Equal(left, wrecked) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAFileThatIsNotDamagedPassesTheSameCheck(t *testing.T) {
	t.Parallel()
	before, after, marker := twoStates(t)
	for _, db := range [][]byte{before, after} {
		dir := t.TempDir()
		ok(t, os.WriteFile(filepath.Join(dir, "store.id"), marker, 0o600))
		ok(t, os.WriteFile(filepath.Join(dir, "feedwatch.db"), db, 0o600))
		if said, code := runChild(t, "read", dir); code != 0 {
			t.Errorf("exit code %d: %s", code, said)
		}
	}
}

func TestADatabaseOfAnotherStoreIsRefused(t *testing.T) {
	t.Parallel()
	_, db, _ := twoStates(t)
	dir := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(dir, "store.id"), []byte("7c9e6679-7425-40de-944b-e07fc1f90ae7\n"), 0o600))
	ok(t, os.WriteFile(filepath.Join(dir, "feedwatch.db"), db, 0o600))
	if said, code := runChild(t, "read", dir); code != exitDamaged || !strings.Contains(said, "7c9e6679") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// twoStates gives the database file of a store, and as it was before its last
// commits, and its marker.
func twoStates(t *testing.T) (before, after, marker []byte) {
	t.Helper()
	dir := t.TempDir()
	s := openStore(t, dir)
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		ok(t, err)
		return b
	}
	ok(t, watch(t.Context(), s, 1))
	ok(t, fill(t.Context(), s, 0, 200, 2000))
	before = read("feedwatch.db") // no write is under way
	for n := 200; n < 220; n++ {
		f, err := s.Take(t.Context(), feedURL(0), t0, time.Minute)
		ok(t, err)
		_, err = s.Commit(t.Context(), poll(f, newItem(0, n, 2000)))
		ok(t, err)
	}
	ok(t, s.Close())
	after = read("feedwatch.db")
	return before, after[:used(after)*pageSize], read("store.id")
}

// runChild runs a child to its end, which must come in ten seconds and not by a
// panic.
func runChild(t *testing.T, part, dir string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	cmd := child(ctx, part, dir)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() != nil || bytes.Contains(out, []byte("goroutine ")) {
		t.Fatalf("hung or panicked:\n%s", out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
