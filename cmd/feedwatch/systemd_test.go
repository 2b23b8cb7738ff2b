package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// manager is the receiving end of sd_notify. It reads without waiting, because
// a goroutine that waits on a socket would hold the fake clock of synctest.
type manager struct {
	t  *testing.T
	fd int
}

func newManager(t *testing.T) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	return &manager{t, fd}
}

// heard gives the messages that came since it was last called.
func (m *manager) heard() []string {
	m.t.Helper()
	var messages []string
	buf := make([]byte, 4096)
	for {
		n, _, err := unix.Recvfrom(m.fd, buf, 0)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return messages
		case err != nil:
			m.t.Fatal(err)
		}
		messages = append(messages, string(buf[:n]))
	}
}

func TestNotifierTellsTheManager(t *testing.T) {
	m := newManager(t)
	n := newNotifier(slog.New(slog.DiscardHandler))
	n.Status("opening the database")
	n.Ready("watching 30 feeds")
	n.Stopping("finishing 2 deliveries")
	want := []string{
		"STATUS=opening the database",
		"READY=1\nSTATUS=watching 30 feeds",
		"STOPPING=1\nSTATUS=finishing 2 deliveries",
	}
	if diff := cmp.Diff(want, m.heard()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestReloadingSaysWhenItBegan(t *testing.T) {
	m := newManager(t)
	newNotifier(slog.New(slog.DiscardHandler)).Reloading()
	got := m.heard()
	if len(got) != 1 || !regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*\n?$`).MatchString(got[0]) {
		t.Errorf("heard %q, want one RELOADING=1 with MONOTONIC_USEC", got)
	}
}

func TestStatusCannotForgeAssignments(t *testing.T) {
	m := newManager(t)
	newNotifier(slog.New(slog.DiscardHandler)).Status("feedwatch.yaml:3:1: no\nWATCHDOG=1")
	if diff := cmp.Diff([]string{"STATUS=feedwatch.yaml:3:1: no WATCHDOG=1"}, m.heard()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestNotifierIsSilentWithoutManager(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	var log bytes.Buffer
	n := newNotifier(slog.New(slog.NewTextHandler(&log, nil)))
	n.Ready("up")
	n.Reloading()
	n.Stopping("down")
	if log.Len() > 0 {
		t.Errorf("logged %q", log.String())
	}
}

func TestUnreachableManagerIsLogged(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	var log bytes.Buffer
	newNotifier(slog.New(slog.NewTextHandler(&log, nil))).Ready("up")
	if !bytes.Contains(log.Bytes(), []byte("can't notify the service manager")) {
		t.Errorf("logged %q", log.String())
	}
}

// watch runs the watchdog of 10 s for 30 s of fake time and gives the number
// of pings.
func watch(t *testing.T, pid int, alive func(context.Context) error) (pings int) {
	m := newManager(t)
	t.Setenv("WATCHDOG_USEC", "10000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(pid))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 29*time.Second)
		defer cancel()
		newNotifier(slog.New(slog.DiscardHandler)).Watchdog(ctx, alive)
	})
	for _, message := range m.heard() {
		if message != "WATCHDOG=1" {
			t.Errorf("heard %q", message)
		}
		pings++
	}
	return pings
}

func TestWatchdogPingsOnlyWhileAlive(t *testing.T) {
	well := func(context.Context) error { return nil }
	late := func(context.Context) error { time.Sleep(4 * time.Second); return nil }
	hung := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	ailing := func(context.Context) error { return errors.New("the scheduler has not ticked for 10s") }
	count := 0
	falters := func(context.Context) error {
		if count++; count > 2 {
			return errors.New("no more")
		}
		return nil
	}
	for _, test := range []struct {
		name  string
		pid   int
		alive func(context.Context) error
		want  int
	}{
		{"alive", os.Getpid(), well, 5}, // at 5, 10, 15, 20 and 25 s
		{"answers late", os.Getpid(), late, 0},
		{"hangs", os.Getpid(), hung, 0},
		{"says no", os.Getpid(), ailing, 0},
		{"stops being alive", os.Getpid(), falters, 2},
		{"meant for another process", os.Getpid() + 1, well, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := watch(t, test.pid, test.alive); got != test.want {
				t.Errorf("%d pings, want %d", got, test.want)
			}
		})
	}
}

func TestWatchdogReturnsWhereNoneIsAsked(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "")
	newNotifier(slog.New(slog.DiscardHandler)).Watchdog(t.Context(), func(context.Context) error {
		t.Error("asked for a sign of life")
		return nil
	})
}

func TestFailingWatchdogSaysWhy(t *testing.T) {
	var log bytes.Buffer
	n := newNotifier(slog.New(slog.NewTextHandler(&log, nil)))
	n.ping(t.Context(), func(context.Context) error { return errors.New("the scheduler hangs") }, time.Minute)
	if !bytes.Contains(log.Bytes(), []byte("the scheduler hangs")) {
		t.Errorf("logged %q", log.String())
	}
}
