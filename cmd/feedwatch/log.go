package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/term"
)

// levelNotice lies between info and warn: rare, wanted and no trouble, such as
// a reload. It is syslog's notice.
const levelNotice = slog.LevelInfo + 2

// logOptions are what the command line says about the log.
type logOptions struct {
	Level slog.Leveler // nil means info
	JSON  bool         // JSON Lines, whatever is written to
}

// newLogger makes the program's logger, in the form that suits its reader:
// priority prefixes without times for the journal (sd-daemon(3)), short and
// coloured lines for a terminal (https://no-color.org is honoured), and
// key=value lines with full times for everything else.
func newLogger(w io.Writer, o logOptions) *slog.Logger {
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	plain := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: nameNotice}
	switch {
	case o.JSON:
		return slog.New(slog.NewJSONHandler(w, plain))
	case isJournal(w):
		return slog.New(newLineHandler(w, o.Level, journalStyle))
	case isTerminal(w):
		return slog.New(newLineHandler(w, o.Level, terminalStyle(showsColour())))
	}
	return slog.New(slog.NewTextHandler(w, plain))
}

// nameNotice prints levelNotice by its name: slog would say INFO+2.
func nameNotice(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && level == levelNotice {
		a.Value = slog.StringValue("NOTICE")
	}
	return a
}

// isJournal reports whether the journal reads w: systemd names the stream it
// made for the service in JOURNAL_STREAM, and a redirected stream is another
// (systemd.exec(5)).
func isJournal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}

// isTerminal reports whether a person reads w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// showsColour reports whether the user's environment lets a terminal have
// colour.
func showsColour() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// style is how a line looks: what stands before the message, and what stands
// around the key=value part.
type style struct {
	head       func(time.Time, slog.Level) string
	open, shut string
}

// journalStyle leaves out what the journal keeps by itself: time and program.
var journalStyle = style{head: func(_ time.Time, level slog.Level) string {
	return fmt.Sprintf("<%d>", priority(level))
}}

func terminalStyle(colour bool) style {
	if !colour {
		return style{head: func(t time.Time, level slog.Level) string {
			return fmt.Sprintf("%s %-6s ", t.Local().Format(time.TimeOnly), levelName(level))
		}}
	}
	return style{
		head: func(t time.Time, level slog.Level) string {
			return fmt.Sprintf("\x1b[2m%s\x1b[0m \x1b[%sm%-6s\x1b[0m ",
				t.Local().Format(time.TimeOnly), levelColour(level), levelName(level))
		},
		open: "\x1b[2m", shut: "\x1b[0m",
	}
}

// priority is the syslog priority of a level.
func priority(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= levelNotice:
		return 5
	case level >= slog.LevelInfo:
		return 6
	}
	return 7
}

func levelName(level slog.Level) string {
	return [...]string{3: "ERROR", 4: "WARN", 5: "NOTICE", 6: "INFO", 7: "DEBUG"}[priority(level)]
}

// levelColour is red, yellow, cyan, green or dim.
func levelColour(level slog.Level) string {
	return [...]string{3: "31", 4: "33", 5: "36", 6: "32", 7: "2"}[priority(level)]
}

// lineHandler writes head and message itself, one line a record, and has a
// slog.TextHandler write the key=value part, which knows about groups and
// quoting.
type lineHandler struct {
	style style
	pairs slog.Handler // writes into line.buf
	line  *line        // shared by all handlers that With made
}

// line is where one record at a time takes shape.
type line struct {
	mu  sync.Mutex
	buf bytes.Buffer
	w   io.Writer
}

func newLineHandler(w io.Writer, level slog.Leveler, s style) *lineHandler {
	l := &line{w: w}
	pairs := slog.NewTextHandler(&l.buf, &slog.HandlerOptions{Level: level, ReplaceAttr: dropHead})
	return &lineHandler{style: s, pairs: pairs, line: l}
}

// dropHead leaves out the level and the empty message of the record that
// Handle passes on, and nothing that a caller named "level" or "msg".
func dropHead(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	_, isLevel := a.Value.Any().(slog.Level)
	if a.Key == slog.LevelKey && isLevel || a.Key == slog.MessageKey && a.Value.String() == "" {
		return slog.Attr{}
	}
	return a
}

// Enabled implements slog.Handler.
func (h *lineHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.pairs.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{h.style, h.pairs.WithAttrs(attrs), h.line}
}

// WithGroup implements slog.Handler.
func (h *lineHandler) WithGroup(name string) slog.Handler {
	return &lineHandler{h.style, h.pairs.WithGroup(name), h.line}
}

// Handle implements slog.Handler.
func (h *lineHandler) Handle(ctx context.Context, r slog.Record) error {
	pairs := slog.NewRecord(time.Time{}, r.Level, "", r.PC)
	r.Attrs(func(a slog.Attr) bool { pairs.AddAttrs(a); return true })

	l := h.line
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
	if err := h.pairs.Handle(ctx, pairs); err != nil {
		return err
	}
	text := h.style.head(r.Time, r.Level) + printable(r.Message)
	if kv := strings.TrimSpace(l.buf.String()); kv != "" {
		text += " " + h.style.open + kv + h.style.shut
	}
	_, err := io.WriteString(l.w, text+"\n")
	return err
}

// printable keeps a message on its line and a terminal safe from it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}
