package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// eachLevel logs one line a level, and one with all that a handler must carry.
func eachLevel(log *slog.Logger) {
	log.Debug("fetched", "bytes", 812)
	log.Info("polled", "feed", "the verge")
	log.Log(context.Background(), levelNotice, "reloaded")
	log.Warn("feed is stale")
	log.Error("delivery gave up", "err", "410 Gone")
	log.With("feed", "x").WithGroup("http").Info("answer", "status", 304)
}

// journalFile is a file that the environment names as the journal's stream.
func journalFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	t.Setenv("JOURNAL_STREAM", fmt.Sprintf("%d:%d", stat.Dev, stat.Ino))
	return f
}

func contents(t *testing.T, f *os.File) string {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestJournalGetsPrioritiesAndNoTimes(t *testing.T) {
	f := journalFile(t)
	eachLevel(newLogger(f, logOptions{Level: slog.LevelDebug}))
	want := `<7>fetched bytes=812
<6>polled feed="the verge"
<5>reloaded
<4>feed is stale
<3>delivery gave up err="410 Gone"
<6>answer feed=x http.status=304
`
	if diff := cmp.Diff(want, contents(t, f)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestRedirectedStreamIsNotTheJournal(t *testing.T) {
	f := journalFile(t)
	other, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	newLogger(other, logOptions{}).Info("polled")
	if got := contents(t, other); !strings.HasPrefix(got, "time=") {
		t.Errorf("a file beside %s got %q, want a line with its time", f.Name(), got)
	}
}

func TestEverythingElseGetsFullTimes(t *testing.T) {
	var out bytes.Buffer
	newLogger(&out, logOptions{}).Log(t.Context(), levelNotice, "reloaded", "feeds", 3)
	want := `^time=\d{4}-\d\d-\d\dT\S+ level=NOTICE msg=reloaded feeds=3\n$`
	if !regexp.MustCompile(want).MatchString(out.String()) {
		t.Errorf("logged %q, want %s", out.String(), want)
	}
}

func TestJSONIsWrittenEvenToTheJournal(t *testing.T) {
	f := journalFile(t)
	newLogger(f, logOptions{JSON: true}).Log(t.Context(), levelNotice, "reloaded")
	var record map[string]any
	if err := json.Unmarshal([]byte(contents(t, f)), &record); err != nil {
		t.Fatal(err)
	}
	if record["level"] != "NOTICE" || record["msg"] != "reloaded" || record["time"] == nil {
		t.Errorf("record %v", record)
	}
}

func TestLevelHoldsInEveryForm(t *testing.T) {
	for name, log := range map[string]func(*bytes.Buffer) *slog.Logger{
		"journal": func(b *bytes.Buffer) *slog.Logger { return slog.New(newLineHandler(b, slog.LevelWarn, journalStyle)) },
		"terminal": func(b *bytes.Buffer) *slog.Logger {
			return slog.New(newLineHandler(b, slog.LevelWarn, terminalStyle(true)))
		},
		"text": func(b *bytes.Buffer) *slog.Logger { return newLogger(b, logOptions{Level: slog.LevelWarn}) },
		"json": func(b *bytes.Buffer) *slog.Logger { return newLogger(b, logOptions{Level: slog.LevelWarn, JSON: true}) },
	} {
		var out bytes.Buffer
		eachLevel(log(&out))
		if got := strings.Count(out.String(), "\n"); got != 2 {
			t.Errorf("%s: %d lines at level warn, want 2:\n%s", name, got, out.String())
		}
	}
}

// terminal opens a pseudo terminal and gives its two ends: the program's and
// the person's.
func terminal(t *testing.T) (program, person *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	return program, person
}

func TestTerminalGetsShortColouredLines(t *testing.T) {
	for _, test := range []struct {
		name, noColour, term, want string
	}{
		{"colour", "", "xterm", `^\x1b\[2m\d\d:\d\d:\d\d\x1b\[0m \x1b\[33mWARN  \x1b\[0m feed is stale \x1b\[2mfeed=x\x1b\[0m\r\n$`},
		{"NO_COLOR", "1", "xterm", `^\d\d:\d\d:\d\d WARN   feed is stale feed=x\r\n$`},
		{"dumb terminal", "", "dumb", `^\d\d:\d\d:\d\d WARN   feed is stale feed=x\r\n$`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("NO_COLOR", test.noColour)
			t.Setenv("TERM", test.term)
			program, person := terminal(t)
			newLogger(program, logOptions{}).Warn("feed is stale", "feed", "x")
			buf := make([]byte, 1024)
			n, err := person.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(test.want).Match(buf[:n]) {
				t.Errorf("shown %q, want %s", buf[:n], test.want)
			}
		})
	}
}

func TestHostileTextStaysOnItsLine(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newLineHandler(&out, slog.LevelInfo, journalStyle))
	log.Info("title\n<3>forged\x1b[2J", "title", "a\n<3>forged\x1b[2J")
	want := "<6>title <3>forged [2J title=\"a\\n<3>forged\\x1b[2J\"\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestAttributesMayBeNamedAsSlogNamesItsOwn(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newLineHandler(&out, slog.LevelInfo, journalStyle))
	log.Info("linted", "level", "high", "msg", "wide", "time", "noon")
	if diff := cmp.Diff("<6>linted level=high msg=wide time=noon\n", out.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newLineHandler(&out, slog.LevelInfo, journalStyle))
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			mine := log.With("worker", worker)
			for range 100 {
				mine.Info("polled")
			}
		})
	}
	wait.Wait()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 800 {
		t.Errorf("%d lines, want 800", len(lines))
	}
	for _, line := range lines {
		if !regexp.MustCompile(`^<6>polled worker=\d$`).MatchString(line) {
			t.Fatalf("line %q", line)
		}
	}
}
