package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// environment is what the program reads from the process it runs in.
type environment struct {
	Getenv   func(name string) string
	ReadFile func(path string) ([]byte, error)
}

func osEnvironment() environment {
	return environment{Getenv: os.Getenv, ReadFile: os.ReadFile}
}

var errNoState = errors.New("there is nowhere to keep the state: none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set; set one, or state in the configuration")

// stateDir is the directory of the store that the configuration at path names,
// for verbs that only look for the daemon: whatever else is wrong with the file
// is no matter then. It is "" where there is none.
func stateDir(path string, env environment) string {
	if l, err := newLoader(path, env); err == nil && l.doc.State != "" {
		return l.path(l.doc.State)
	}
	dir, _ := defaultState(env)
	return dir
}

// state is the configured directory of the store, or the default.
func (l *loader) state() string {
	if l.doc.State != "" {
		return l.path(l.doc.State)
	}
	dir, err := defaultState(l.env)
	if err != nil {
		l.failWith(l.file.Pos(), "", err)
	}
	return dir
}

// defaultState follows systemd (STATE_DIRECTORY, of which the first counts) and
// the XDG base directory specification. A service has no HOME, so that is asked
// for last.
func defaultState(env environment) (string, error) {
	if dir, _, _ := strings.Cut(env.Getenv("STATE_DIRECTORY"), ":"); dir != "" {
		return dir, nil
	}
	if dir := env.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "feedwatch"), nil
	}
	if dir := env.Getenv("HOME"); dir != "" {
		return filepath.Join(dir, ".local", "state", "feedwatch"), nil
	}
	return "", errNoState
}
