package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"

	"github.com/feedwatch/feedwatch/rules"
)

// matchCommand matches documents against rules.
type matchCommand struct {
	Rules []string `name:"rules" placeholder:"FILE|seeds" sep:"none" help:"Rule pack; may be given several times. The built-in one by default."`
	JSON  bool     `name:"json" help:"Print a line of JSON a document, in the order of the input."`
	Files []string `arg:"" optional:"" name:"file" help:"Documents: .jsonl, .txt, .md, .html, or - for standard input (the default)."`
}

// Run implements the verb.
func (c *matchCommand) Run(ctx context.Context, p *program) error {
	set, err := p.compilePacks(c.Rules)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	if len(c.Files) == 0 {
		c.Files = []string{stdinName}
	}
	m := &matching{program: p, set: set, detect: set.AsksLanguage(), mark: newMarker(p)}
	m.print = m.list
	if c.JSON {
		m.print = m.json
	}
	bar := p.byteBar(c.Files)
	defer func() { _ = bar.Finish() }()
	out := bufio.NewWriterSize(p.stdout, 1<<16)
	err = m.run(ctx, c.Files, bar, out)
	if e := out.Flush(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if m.broken > 0 {
		return fmt.Errorf("%s could not be read: see above", plural(m.broken, "document"))
	}
	if !c.JSON {
		fmt.Fprintf(p.stderr, "%d of %s matched\n", m.matched, plural(m.documents, "document"))
	}
	return nil
}

// matching is one run of the verb: documents are read in order, decoded and
// matched in batches on all processors, and printed in order.
type matching struct {
	*program
	set    *rules.Set
	detect bool
	mark   marker
	print  func(to *bytes.Buffer, d *textDocument, matches []rules.Match)

	documents, matched, broken int
}

// A batch is what one goroutine takes at a time: enough that handing it over
// costs nothing. Where the next document must be waited for it is handed over as
// it is, so that whoever writes into a pipe gets his answers at once.
const batchDocuments = 64

type batch struct {
	raw  []rawDocument
	done chan struct{} // closed when the fields below are there

	out                bytes.Buffer
	documents, matched int
	errs               []error
}

// run owns its goroutines and returns when all have ended. One reads; a batch
// waits in order both for a free worker and for its turn to be printed.
func (m *matching) run(ctx context.Context, files []string, bar io.Writer, out *bufio.Writer) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	todo, order := make(chan *batch), make(chan *batch, 2*workers)
	group.Go(func() error {
		defer close(order)
		defer close(todo)
		return m.read(ctx, files, bar, todo, order)
	})
	for range workers {
		group.Go(func() error {
			for b := range todo {
				m.match(b)
				close(b.done)
			}
			return nil
		})
	}
	group.Go(func() error { return m.write(ctx, order, out) })
	return group.Wait()
}

// read cuts the files into batches. What can't be opened is passed over, and what
// can't be read ends its file; both are reported in their turn.
func (m *matching) read(ctx context.Context, files []string, bar io.Writer, todo, order chan<- *batch) error {
	b := newBatch()
	send := func() error {
		for _, to := range []chan<- *batch{order, todo} {
			select {
			case to <- b:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		b = newBatch()
		return nil
	}
	for _, name := range files {
		in, err := m.openDocuments(name)
		if err != nil {
			b.errs = append(b.errs, err)
			continue
		}
		for raw, err := range rawDocuments(name, io.TeeReader(in, bar)) {
			if err != nil {
				b.errs = append(b.errs, fmt.Errorf("%s: %w", raw.where(), err))
				continue
			}
			if b.raw = append(b.raw, raw); len(b.raw) < batchDocuments && !raw.last {
				continue
			}
			if err := send(); err != nil {
				return errors.Join(err, in.Close())
			}
		}
		if err := in.Close(); err != nil {
			return err
		}
	}
	return send()
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// openDocuments opens a file, or standard input.
func (p *program) openDocuments(name string) (io.ReadCloser, error) {
	if name == stdinName {
		return io.NopCloser(p.stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening documents: %w", err)
	}
	return f, nil
}

// match decodes and matches the documents of a batch.
func (m *matching) match(b *batch) {
	for _, raw := range b.raw {
		d, err := raw.decode(m.detect)
		if err != nil {
			b.errs = append(b.errs, err)
			continue
		}
		matches := m.set.Match(&d.Doc)
		b.documents++
		if len(matches) > 0 {
			b.matched++
		}
		m.print(&b.out, d, matches)
	}
}

// write prints batches in order as they are done, and flushes where it would
// have to wait, so that a pipe gets what is there.
func (m *matching) write(ctx context.Context, order <-chan *batch, out *bufio.Writer) error {
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for _, err := range b.errs {
			fmt.Fprintln(m.stderr, "feedwatch: "+err.Error())
		}
		m.documents, m.matched, m.broken = m.documents+b.documents, m.matched+b.matched, m.broken+len(b.errs)
		if _, err := out.Write(b.out.Bytes()); err != nil {
			return err
		}
		if len(order) == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// matchLine is a line of --json.
type matchLine struct {
	ID    json.RawMessage `json:"id"`
	Rules []ruleSpans     `json:"rules"`
}

type ruleSpans struct {
	Rule  string     `json:"rule"`
	Spans []spanJSON `json:"spans"`
}

// spanJSON is a span as scripts read it.
type spanJSON struct {
	Field string `json:"field"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

func spansJSON(spans []rules.Span) []spanJSON {
	list := make([]spanJSON, len(spans))
	for i, s := range spans {
		list[i] = spanJSON{s.Field, s.Start, s.End, s.Text}
	}
	return list
}

func (m *matching) json(to *bytes.Buffer, d *textDocument, matches []rules.Match) {
	l := matchLine{ID: d.id, Rules: make([]ruleSpans, len(matches))}
	for i, match := range matches {
		l.Rules[i] = ruleSpans{match.Rule.Name, spansJSON(match.Spans)}
	}
	if err := printJSONLine(to, l); err != nil { // unreachable: a buffer takes all, and the id was read as JSON
		panic(err)
	}
}

// list prints what matched for people: the title with its words marked, then
// the rules, each with the words that did it.
func (m *matching) list(to *bytes.Buffer, d *textDocument, matches []rules.Match) {
	if len(matches) == 0 {
		return
	}
	var all []rules.Span
	for _, match := range matches {
		all = append(all, match.Spans...)
	}
	fmt.Fprintf(to, "%s  %s\n", d.name(), m.mark.text(d.Title, "title", all))
	for _, match := range matches {
		fmt.Fprintf(to, "  %s: %s\n", match.Rule.Name, wordsOf(match.Spans))
	}
	if excerpt := m.mark.excerpt(d.Body, all); excerpt != "" {
		fmt.Fprintf(to, "  %s\n", excerpt)
	}
}

// byteBar is a bar of the bytes read: on a terminal only, and only where the
// answers don't go there too.
func (p *program) byteBar(files []string) *progressbar.ProgressBar {
	total := int64(0)
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			total = -1
			break
		}
		total += info.Size()
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.stderr),
		progressbar.OptionSetVisibility(isTerminal(p.stderr) && !isTerminal(p.stdout)),
		progressbar.OptionSetDescription("matching"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
