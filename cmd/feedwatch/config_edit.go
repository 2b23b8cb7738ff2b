package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml"
	"github.com/google/renameio/v2"
)

// Verbs change the configuration file as its owner would in an editor: lines are
// put in or taken out, and all others, comments included, stay byte for byte. So
// that a layout nobody thought of does no harm, the outcome is read again and
// compared with what was meant, and then checked as `feedwatch check` does,
// before it takes the file's name.

// configFile is a configuration file being edited.
type configFile struct {
	name   string // as it was given: relative paths in it start there
	path   string // past symbolic links, which stay
	env    environment
	info   fs.FileInfo // nil where the file is not there yet
	source []byte      // as it was read
	text   string      // as edited so far, with LF and without a byte order mark
	bom    bool
	crlf   bool
}

var errNoConfigFile = &exitError{exitUsage, errors.New("say which configuration file to change: --config FILE")}

// editConfig reads a file to edit. One that is not there is empty.
func editConfig(path string, env environment) (*configFile, error) {
	if path == "" {
		return nil, errNoConfigFile
	}
	f := &configFile{name: path, path: path, env: env}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		f.path = real
	}
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f.info = info
	if f.source, err = env.ReadFile(f.path); err != nil {
		return nil, fmt.Errorf("the configuration can't be read: %w", err)
	}
	var src []byte
	src, f.bom = bytes.CutPrefix(f.source, []byte("\ufeff"))
	f.text = strings.ReplaceAll(string(src), "\r\n", "\n")
	f.crlf = len(f.text) < len(src)
	return f, nil
}

// bytes is the file as it would be written with a text.
func (f *configFile) bytes(text string) []byte {
	if f.crlf {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if f.bom {
		text = "\ufeff" + text
	}
	return []byte(text)
}

// check loads the configuration as if the file had the text.
func (f *configFile) check(text string) (*config, error) {
	env := f.env
	env.ReadFile = func(path string) ([]byte, error) {
		if path == f.name {
			return f.bytes(text), nil
		}
		return f.env.ReadFile(path)
	}
	cfg, err := loadConfig(f.name, env)
	if err != nil {
		return nil, &exitError{exitBadSetup, err}
	}
	return cfg, nil
}

// addFeeds puts further feeds at the end of the list, and gives the configuration
// that makes. After an error nothing is changed.
func (f *configFile) addFeeds(feeds ...newFeed) (*config, error) {
	urls := make([]any, len(feeds))
	for i, n := range feeds {
		urls[i] = n.URL
	}
	return f.edit(func(list *feedsText) string { return list.with(feeds) },
		func(before []any) []any { return append(before, urls...) })
}

// removeFeed takes entry i out of the list, and gives the configuration that
// makes. After an error nothing is changed.
func (f *configFile) removeFeed(i int) (*config, error) {
	return f.edit(func(list *feedsText) string { return list.without(i) },
		func(before []any) []any { return append(before[:i:i], before[i+1:]...) })
}

// edit changes the text, compares the outcome with what was wanted, and checks it.
func (f *configFile) edit(change func(*feedsText) string, want func(before []any) []any) (cfg *config, err error) {
	defer func() { // The parser under this is not made for what edits may come to.
		if p := recover(); p != nil {
			cfg, err = nil, errLayout
		}
	}()
	list, err := findFeeds(f.text)
	if err != nil {
		return nil, err
	}
	text := change(list)
	if err := f.compare(text, want); err != nil {
		return nil, err
	}
	if cfg, err = f.check(text); err == nil {
		f.text = text
	}
	return cfg, err
}

// compare fails unless a text differs from the file in nothing but its feeds, and
// these as want says. What is added stands in want by its URL alone.
func (f *configFile) compare(text string, want func(before []any) []any) error {
	var before, after map[string]any
	if err := errors.Join(yaml.Unmarshal([]byte(f.text), &before), yaml.Unmarshal([]byte(text), &after)); err != nil {
		return errLayout
	}
	have, _ := before["feeds"].([]any)
	got, _ := after["feeds"].([]any)
	expected := want(have)
	delete(before, "feeds")
	delete(after, "feeds")
	if len(got) != len(expected) || len(before) != len(after) || len(before) > 0 && !reflect.DeepEqual(before, after) {
		return errLayout
	}
	for i := range got {
		entry, _ := got[i].(map[string]any)
		if !reflect.DeepEqual(got[i], expected[i]) && (entry == nil || entry["url"] != expected[i]) {
			return errLayout
		}
	}
	return nil
}

// errLayout is about a file that is laid out as no edit here expects.
var errLayout = &exitError{exitBadSetup, errors.New("the feeds of the configuration are written in a way that can't be changed safely; nothing was changed: edit the file by hand")}

// write puts the text in the file's place in one step, with its mode and owner. It
// fails where the file was changed by someone else since it was read.
func (f *configFile) write() error {
	if now, err := f.env.ReadFile(f.path); f.info != nil && (err != nil || !bytes.Equal(now, f.source)) || f.info == nil && err == nil {
		return &exitError{exitAgain, errors.New("the configuration was changed meanwhile; nothing was written: try again")}
	}
	options := []renameio.Option{renameio.WithPermissions(0o600)}
	if f.info != nil {
		options = []renameio.Option{renameio.WithStaticPermissions(f.info.Mode().Perm())}
	}
	p, err := renameio.NewPendingFile(f.path, options...)
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	_, err = p.Write(f.bytes(f.text))
	if err == nil {
		err = f.keepOwner(p.File)
	}
	if err == nil {
		err = p.CloseAtomicallyReplace()
	}
	if err = errors.Join(err, p.Cleanup()); err != nil {
		return fmt.Errorf("writing the configuration; it is as it was: %w", err)
	}
	return nil
}

// keepOwner gives a new file the owner of the one that it replaces, so that who
// could read that can read it.
func (f *configFile) keepOwner(to *os.File) error {
	if f.info == nil {
		return nil
	}
	mine, err := to.Stat()
	if err != nil {
		return err
	}
	was, ok := f.info.Sys().(*syscall.Stat_t)
	is, ok2 := mine.Sys().(*syscall.Stat_t)
	if !ok || !ok2 || was.Uid == is.Uid && was.Gid == is.Gid {
		return nil
	}
	if err := to.Chown(int(was.Uid), int(was.Gid)); err != nil {
		return fmt.Errorf("its owner could not be kept (do this as the file's owner, or as root): %w", err)
	}
	return to.Chmod(f.info.Mode().Perm()) // A change of owner takes bits away.
}
