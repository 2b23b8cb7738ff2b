//go:build powercut

package boltdb_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/feedwatch/feedwatch/storage"
)

// These tests cut the power of a disk: an ext4 image on a loop device, which an
// ioctl tells to drop all that was not synced. They need root, mkfs.ext4 and loop
// devices, and so a tag: go test -tags powercut -run Power ./storage/boltdb

const cuts = 50

// disk is a disk whose power can be cut.
type disk struct {
	image, dir string
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{image: filepath.Join(t.TempDir(), "disk.img"), dir: t.TempDir()}
	ok(t, os.WriteFile(d.image, nil, 0o600))
	ok(t, os.Truncate(d.image, 256<<20))
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", d.image).CombinedOutput(); err != nil {
		t.Skipf("no ext4 image can be made here: %v: %s", err, out)
	}
	// commit=1000 keeps the journal's timer from saving what was not synced.
	if out, err := exec.Command("mount", "-o", "loop,commit=1000", d.image, d.dir).CombinedOutput(); err != nil {
		t.Skipf("the image can't be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() })
	return d
}

// cut drops what was not synced, and refuses all that follows.
func (d *disk) cut(t *testing.T) {
	t.Helper()
	const (
		shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN
		noLogFlush = 2
	)
	f, err := os.Open(d.dir)
	ok(t, err)
	ok(t, unix.IoctlSetPointerInt(int(f.Fd()), shutdown, noLogFlush))
	ok(t, f.Close())
}

// restart is what a machine does when the power is back.
func (d *disk) restart(t *testing.T) {
	t.Helper()
	for _, args := range [][]string{{"umount", d.dir}, {"mount", "-o", "loop,commit=1000", d.image, d.dir}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
}

// cutAChild lets a child write for a moment, cuts the power, and gives the lines
// that the child acknowledged.
func (d *disk) cutAChild(t *testing.T, part string) (said []string) {
	t.Helper()
	cmd := child(t.Context(), part, filepath.Join(d.dir, "store"))
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	acknowledged := lines(out)
	said = append(said, <-acknowledged) // it is under way
	cut := time.After(time.Duration(20+rand.IntN(150)) * time.Millisecond)
	for acknowledged != nil {
		select {
		case line, more := <-acknowledged:
			if !more {
				acknowledged = nil
				break
			}
			said = append(said, line)
		case <-cut:
			d.cut(t)
			_ = cmd.Process.Kill() // it may have ended by the failing disk already
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	d.restart(t)
	return said
}

func TestNothingAcknowledgedIsLostByAPowerCut(t *testing.T) {
	d := newDisk(t)
	said := make(map[string]storage.NewItem)
	for range cuts {
		for _, line := range d.cutAChild(t, "commit") {
			var feed, n int
			if _, err := fmt.Sscan(line, &feed, &n); err == nil {
				said[line] = newItem(feed, n, 2000)
			}
		}
		if lost := missing(t, filepath.Join(d.dir, "store"), said); len(lost) > 0 {
			t.Fatalf("%d of %d acknowledged items are lost: %v", len(lost), len(said), lost)
		}
	}
	t.Logf("%d acknowledged items, %d power cuts, none lost", len(said), cuts)
}

// A database that does not sync must lose what it acknowledged, or the test above
// proves nothing.
func TestAPowerCutShowsWhatWasNotSynced(t *testing.T) {
	d := newDisk(t)
	last := 0
	for _, line := range d.cutAChild(t, "unsynced") {
		if n, err := strconv.Atoi(line); err == nil {
			last = n
		} // else it is how the child met the failing disk
	}
	out, err := child(t.Context(), "count", filepath.Join(d.dir, "store")).Output()
	kept, _ := strconv.Atoi(strings.Fields(string(out) + " 0")[0])
	if last == 0 || err == nil && kept >= last {
		t.Errorf("%d of %d puts are there", kept, last)
	}
}
