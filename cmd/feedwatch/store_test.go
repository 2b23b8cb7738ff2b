package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// install writes the configuration of a daemon with one feed and a receiver.
func install(t *testing.T, sinkURL string) (o *origin, config, state string) {
	t.Helper()
	o, server := newOrigin(t, 1)
	dir := t.TempDir()
	return o, writeKillConfig(t, dir, server.URL, sinkURL, 1), filepath.Join(dir, "state")
}

// nobody is the address of a receiver in tests that never get so far.
const nobody = "http://127.0.0.1:1"

// execute runs the program to its end and gives what it said and its exit code.
func execute(t *testing.T, binary string, args ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

// hashes gives a hash of each file of a directory.
func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][32]byte)
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue // The control socket.
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = sha256.Sum256(content)
	}
	return out
}

// badStores are what may have become of a database file. spoil changes it and
// may hold on to it until the release that it returns.
var badStores = []struct {
	name  string
	spoil func(path string) (release func() error, err error)
	says  []string
	code  int
}{
	{"in use", func(path string) (func() error, error) {
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			return nil, err
		}
		return db.Close, nil
	}, []string{"another process has the store open", "feedwatch status"}, 75},
	{"of no length", func(path string) (func() error, error) {
		return nil, os.Truncate(path, 0)
	}, []string{"damaged: ", "feedwatch.db is missing or empty", "put a backup"}, 78},
	{"cut in half", func(path string) (func() error, error) {
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			return nil, err
		}
		var used int64 // The file is longer, for what is to come.
		err = db.View(func(tx *bolt.Tx) error { used = tx.Size(); return nil })
		return nil, errors.Join(err, db.Close(), os.Truncate(path, used/2))
	}, []string{"is damaged", "feedwatch.db", "put a backup"}, 78},
	{"missing", func(path string) (func() error, error) {
		return nil, os.Remove(path)
	}, []string{"damaged: ", "feedwatch.db is missing or empty", "put a backup"}, 78},
	{"overwritten", func(path string) (func() error, error) {
		return nil, os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 5000), 0o600)
	}, []string{"is damaged", "feedwatch.db", "put a backup"}, 78},
	{"of a newer version", func(path string) (func() error, error) {
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			return nil, err
		}
		err = db.Update(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint32(nil, boltdb.Schema+1))
		})
		return nil, errors.Join(err, db.Close())
	}, []string{"written by a newer version", "2"}, 78},
}

func TestUnusableStoreIsNamedAndLeftAsItWas(t *testing.T) {
	t.Parallel()
	program := buildBinary(t)
	for _, c := range badStores {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, config, state := install(t, nobody)
			if said, code := execute(t, program, "poll", "--config", config); code != 0 {
				t.Fatalf("the first poll ended with %d:\n%s", code, said)
			}
			release, err := c.spoil(filepath.Join(state, "feedwatch.db"))
			if err != nil {
				t.Fatal(err)
			}
			before := hashes(t, state)
			said, code := execute(t, program, "run", "--config", config)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range append(c.says, state) {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			if after := hashes(t, state); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("the files were changed:\nbefore %x\nafter  %x", before, after)
			}
			if release != nil {
				if err := release(); err != nil {
					t.Error(err)
				}
			}
			t.Logf("exit %d: %s", code, said)
		})
	}
}

func TestBadConfigurationEndsTheDaemonWithItsPlace(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "feedwatch.yaml")
	if err := os.WriteFile(config, []byte("feeds:\n  - {url: 'https://a.example/feed', nmae: a}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	said, code := execute(t, buildBinary(t), "run", "--config", config)
	if code != 78 || !strings.Contains(said, "feedwatch.yaml:2:") || !strings.Contains(said, "nmae") {
		t.Errorf("exit code %d, want 78, and the place and the key:\n%s", code, said)
	}
}

// daemon is a running daemon whose log may be read while it runs.
type daemon struct {
	*exec.Cmd
	log  *sharedLog
	done chan struct{} // closed when it has ended
	err  error         // how, after that
}

// sharedLog is written by one goroutine and read by another.
type sharedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *sharedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *sharedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startDaemon starts a daemon that does not outlive the test.
func startDaemon(t *testing.T, program, config string) *daemon {
	t.Helper()
	d := &daemon{Cmd: exec.Command(program, "run", "--config", config), log: new(sharedLog), done: make(chan struct{})}
	d.Stderr = d.log
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.done)
		d.err = d.Wait()
	}()
	t.Cleanup(func() {
		_ = d.Process.Kill() // It may have ended.
		<-d.done
	})
	return d
}

// eventually waits until ok, or fails with what the daemon said.
func (d *daemon) eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute; the daemon said:\n%s", what, d.log)
		}
		select {
		case <-d.done:
			t.Fatalf("%s: the daemon ended (%v); it said:\n%s", what, d.err, d.log)
		default:
		}
	}
}

// signal sends a signal and gives the time until the daemon has ended.
func (d *daemon) signal(t *testing.T, s os.Signal) time.Duration {
	t.Helper()
	started := time.Now()
	if err := d.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	select {
	case <-d.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("the daemon did not end within 30 s of %v; it said:\n%s", s, d.log)
	}
	return time.Since(started)
}

func TestTerminationStopsAtOnceWithSuccess(t *testing.T) {
	t.Parallel()
	program := buildBinary(t)
	_, config, _ := install(t, nobody)
	d := startDaemon(t, program, config)
	d.eventually(t, "the first listing", func() bool { return baselined(t, program, config) == 1 })
	if took := d.signal(t, syscall.SIGTERM); took > time.Second || d.err != nil {
		t.Errorf("it took %v and ended with %v, want under a second and success:\n%s", took, d.err, d.log)
	}
	if !strings.Contains(d.log.String(), "stopped") {
		t.Errorf("it does not say that it stopped:\n%s", d.log)
	}
}

// hangingSink takes requests and never answers; it says when the first is there.
func hangingSink(t *testing.T) (url string, asked <-chan struct{}) {
	t.Helper()
	first := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		once.Do(func() { close(first) })
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL, first
}

func TestSecondTerminationCutsAHangingDeliveryShort(t *testing.T) {
	t.Parallel()
	program := buildBinary(t)
	url, asked := hangingSink(t)
	o, config, _ := install(t, url)
	d := startDaemon(t, program, config)
	d.eventually(t, "the first listing", func() bool { return baselined(t, program, config) == 1 })
	o.publish("/feed0.xml", item("new", true))
	d.eventually(t, "the delivery", func() bool {
		select {
		case <-asked:
			return true
		default:
			return false
		}
	})
	if err := d.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-d.done:
		t.Fatalf("the first signal did not let the delivery come to its end: %v\n%s", d.err, d.log)
	case <-time.After(300 * time.Millisecond): // Well within the 5 s that it is given.
	}
	if took := d.signal(t, syscall.SIGTERM); took > time.Second {
		t.Errorf("the second signal took %v, want it to end the process at once", took)
	}
	if status, ok := d.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want by the signal", d.ProcessState)
	}
}

// faithful is a webhook that takes all it is sent, and counts it.
type faithful struct {
	mu    sync.Mutex
	links map[string]int // item's link → how often
}

func newFaithful(t *testing.T) (*faithful, string) {
	t.Helper()
	f := &faithful{links: make(map[string]int)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server.URL
}

func (f *faithful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct{ Item struct{ Link string } }
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links[event.Data.Item.Link]++
}

func (f *faithful) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.links)
}

// smallDisk puts a disk of 8 MB at a path, or skips the test.
func smallDisk(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", path).CombinedOutput()
	if err != nil {
		t.Skipf("no small disk can be mounted here (it takes root): %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", path).CombinedOutput(); err != nil {
			t.Errorf("unmounting: %v: %s", err, out)
		}
	})
}

// fillDisk writes a file until there is no room left.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	_ = f.Close() // It has no room to complain about.
}

func TestFullDiskIsWaitedOutAndNothingIsLost(t *testing.T) {
	t.Parallel()
	const fresh = 400
	program := buildBinary(t)
	sink, url := newFaithful(t)
	o, config, state := install(t, url)
	smallDisk(t, state)
	d := startDaemon(t, program, config)
	d.eventually(t, "the first listing", func() bool { return baselined(t, program, config) == 1 })

	ballast := filepath.Join(state, "ballast")
	fillDisk(t, ballast)
	for i := range fresh {
		o.publish("/feed0.xml", item(fmt.Sprint("new", i), true))
	}
	d.eventually(t, "word of the full disk", func() bool { return strings.Contains(d.log.String(), "no room to store") })
	if n := sink.count(); n >= fresh {
		t.Fatalf("all %d alerts went out: the disk was not full", n)
	}
	if baselined(t, program, config) != 1 {
		t.Errorf("the daemon does not answer while the disk is full:\n%s", d.log)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	d.eventually(t, "all alerts", func() bool { return sink.count() == fresh })
	t.Logf("%d alerts were out %v after there was room", fresh, time.Since(freed).Round(time.Millisecond))
	if took := d.signal(t, syscall.SIGTERM); took > time.Second || d.err != nil {
		t.Errorf("it took %v to stop, with %v", took, d.err)
	}
	for link, n := range sink.links {
		if n != 1 {
			t.Errorf("%s was alerted %d times", link, n)
		}
	}
}
