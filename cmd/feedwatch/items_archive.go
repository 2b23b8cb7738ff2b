package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
	"github.com/feedwatch/feedwatch/watcher"
)

// span is a length of time on the command line, written as in the configuration:
// 30d, 2w, 12h.
type span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler, through which kong reads it.
func (s *span) UnmarshalText(text []byte) error {
	d, err := strictyaml.ParseDuration(string(text))
	*s = span(d)
	return err
}

// before is the time so long before now.
func (s span) before(now time.Time) time.Time { return now.Add(-time.Duration(s)) }

// archive yields the items of a configuration's store that were first seen at
// since or after, the newest first: from the running daemon, which holds the
// store, or from the store itself where none runs. A sequence ends with its
// first error.
func (p *program) archive(ctx context.Context, config string, since time.Time) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		form := url.Values{"since": {since.UTC().Format(time.RFC3339Nano)}}
		resp, err := p.reachDaemon(ctx, config, http.MethodGet, "/items", form)
		switch {
		case errors.Is(err, errDown):
			p.storedItems(ctx, config, since, yield)
		case err != nil:
			yield(storage.Item{}, err)
		default:
			defer resp.Body.Close()
			receivedItems(resp, yield)
		}
	}
}

// storedItems yields from the store. One that is not there is not made.
func (p *program) storedItems(ctx context.Context, config string, since time.Time, yield func(storage.Item, error) bool) {
	cfg, err := loadConfig(config, p.env)
	if err != nil {
		yield(storage.Item{}, &exitError{exitBadSetup, err})
		return
	}
	if _, err := os.Stat(cfg.State); errors.Is(err, fs.ErrNotExist) {
		yield(storage.Item{}, fmt.Errorf("there is no archive yet at %s: feedwatch run, or poll, begins one", cfg.State))
		return
	}
	store, err := boltdb.Open(ctx, cfg.State, boltdb.Options{})
	if err != nil {
		yield(storage.Item{}, openFailed(err))
		return
	}
	more := true
	for item, err := range store.Items(ctx, storage.ItemQuery{Since: since}) {
		if more = yield(item, err); !more {
			break
		}
	}
	if err := store.Close(); err != nil && more {
		yield(storage.Item{}, err)
	}
}

// receivedItems yields what the daemon sends: JSON Lines, the last of which is
// an itemLine that says how it ended, so that an answer cut short is noticed.
func receivedItems(resp *http.Response, yield func(storage.Item, error) bool) {
	if resp.StatusCode != http.StatusOK {
		yield(storage.Item{}, decodeAnswer(resp, nil))
		return
	}
	for lines := json.NewDecoder(bufio.NewReader(resp.Body)); ; {
		var line itemLine
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			err = io.ErrUnexpectedEOF
			fallthrough
		case err != nil:
			yield(storage.Item{}, fmt.Errorf("the daemon's answer breaks off: %w", err))
			return
		case line.Error != "":
			yield(storage.Item{}, errors.New(line.Error))
			return
		case line.Item == nil:
			return
		case !yield(*line.Item, nil):
			return
		}
	}
}

// itemLine is a line of GET /items on the control socket: an item, an error, or
// neither at the end.
type itemLine struct {
	Item  *storage.Item `json:"item,omitempty"`
	Error string        `json:"error,omitempty"`
}

// sendItems answers GET /items: the archive since a time, streamed, for it may be
// larger than memory.
func (d *daemon) sendItems(w http.ResponseWriter, r *http.Request) {
	since, err := time.Parse(time.RFC3339Nano, r.FormValue("since"))
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(refusal{Error: "since: " + err.Error()}) // An error here is a caller who left.
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	out := json.NewEncoder(w)
	var last itemLine
	for item, err := range d.watcher.Items(r.Context(), storage.ItemQuery{Since: since}) {
		if err != nil {
			last.Error = err.Error()
			break
		}
		if out.Encode(itemLine{Item: &item}) != nil {
			return // The caller has left.
		}
	}
	_ = out.Encode(last)
}

// archiveDoc is an item of the archive as rules see it; its language is detected
// if detect is set.
func archiveDoc(item *storage.Item, detect bool) *rules.Doc {
	d := watcher.ArchiveDoc(item)
	if detect && d.Language == "" {
		d.Language = rules.DetectLanguage(d.Title + "\n" + d.Body)
	}
	return d
}

// archiveDocuments yields the archive as documents.
func (p *program) archiveDocuments(ctx context.Context, config string, since time.Time, detect bool) iter.Seq2[*textDocument, error] {
	return func(yield func(*textDocument, error) bool) {
		for item, err := range p.archive(ctx, config, since) {
			if !yield(&textDocument{quoted(item.ID), *archiveDoc(&item, detect)}, err) {
				return
			}
		}
	}
}
