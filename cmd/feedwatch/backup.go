package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/google/renameio/v2"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/storage/boltdb"
)

// The daemon has the store to itself, so a copy of it comes over the control
// socket: the process that asks may write where the daemon's sandbox may not.
// What changes the store's file as a whole needs the daemon to be down.

// storeFile is the name of the store's file in the state directory.
const storeFile = "feedwatch.db"

// lockPatience is how long verbs that need the daemon down wait for one that is
// just ending.
const lockPatience = time.Second

// backupCommand writes a copy of the store.
type backupCommand struct {
	setup
	File string `arg:"" help:"Where to write the copy; one that is there is replaced." type:"path"`
}

// Help implements kong.HelpProvider.
func (backupCommand) Help() string {
	return `The copy is the store as it is at one moment. A running daemon goes on meanwhile,
and needs as much room in its state directory until the copy is made. The file
appears whole or not at all.

  feedwatch backup /var/backups/feedwatch.db`
}

// Run implements the verb.
func (c *backupCommand) Run(ctx context.Context, p *program) error {
	resp, err := p.reachDaemon(ctx, c.Config, http.MethodPost, "/backup", nil)
	if errors.Is(err, errDown) {
		err = c.copyHere(ctx, p)
	} else if err == nil {
		err = receiveBackup(resp, c.File)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "backed up: %s to %s\n", humanize.IBytes(uint64(info.Size())), c.File)
	return err
}

// copyHere copies the store of a daemon that is down.
func (c *backupCommand) copyHere(ctx context.Context, p *program) error {
	dir := stateDir(c.Config, p.env)
	if err := hasStore(dir); err != nil {
		return err
	}
	store, err := boltdb.Open(ctx, dir, boltdb.Options{})
	if err != nil {
		return openFailed(err)
	}
	return errors.Join(store.Backup(ctx, c.File), store.Close())
}

// hasStore fails where there is nothing to open: opening would make it.
func hasStore(dir string) error {
	_, err := os.Stat(filepath.Join(dir, storeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store in %s: name its configuration with --config", dir)
	}
	return err
}

// receiveBackup writes what the daemon sends to a file.
func receiveBackup(resp *http.Response, file string) (err error) {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return decodeAnswer(resp, nil)
	}
	out, err := renameio.NewPendingFile(file, renameio.WithPermissions(0o600))
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	if _, err = io.Copy(out, resp.Body); err == nil {
		err = out.CloseAtomicallyReplace()
	}
	if err = errors.Join(err, out.Cleanup()); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	return nil
}

// backupSender answers a request for a copy on the control socket.
type backupSender struct {
	daemon *daemon
	mu     sync.Mutex // held while a copy is made
}

// backupDir is where a copy lies until it can be sent. It is sent from a file
// because a reader of the store itself must not wait for whoever receives.
const backupDir = "backup.tmp"

// ServeHTTP implements http.Handler.
func (s *backupSender) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, err := s.copy(r.Context())
	if err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(refusal{Error: err.Error()}) // An error here is a caller who left.
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	if info, err := f.Stat(); err == nil { // The length tells a receiver whether it has all.
		w.Header().Set("Content-Length", fmt.Sprint(info.Size()))
	}
	_, _ = io.Copy(w, f)
}

// copy makes a copy that has no name any more, so that nothing is left behind
// however the process ends; what one that was killed has left goes first.
func (s *backupSender) copy(ctx context.Context) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	store, ok := s.daemon.store.(*boltdb.Store)
	if !ok {
		return nil, errors.New("this store has backups of its own")
	}
	s.daemon.mu.Lock()
	dir := filepath.Join(s.daemon.config.State, backupDir)
	s.daemon.mu.Unlock()
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, storeFile)
	if err := store.Backup(ctx, file); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	f, err := os.Open(file)
	return f, errors.Join(err, os.RemoveAll(dir))
}

// restoreCommand puts a backup in the store's place.
type restoreCommand struct {
	setup
	File  string `arg:"" help:"The backup." type:"path"`
	Force bool   `help:"Replace a store that is there; it is kept beside the new one, as feedwatch.db.replaced."`
}

// Help implements kong.HelpProvider.
func (restoreCommand) Help() string {
	return `The daemon must be down. The backup is checked before anything is replaced. What
was delivered after it was made may be delivered again.

  systemctl stop feedwatch
  feedwatch restore --force /var/backups/feedwatch.db
  systemctl start feedwatch`
}

// Run implements the verb.
func (c *restoreCommand) Run(ctx context.Context, p *program) error {
	dir := stateDir(c.Config, p.env)
	path := filepath.Join(dir, storeFile)
	_, err := os.Stat(path)
	switch {
	case err == nil && !c.Force:
		return fmt.Errorf("there is a store in %s: --force puts the backup in its place, and keeps it as %s.replaced", dir, path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	there := err == nil
	if err := boltdb.Restore(ctx, dir, c.File, boltdb.Options{Timeout: lockPatience}); err != nil {
		return daemonUp(err)
	}
	if err := ownStore(dir); err != nil {
		return err
	}
	if there {
		fmt.Fprintf(p.stdout, "kept what was there as %s.replaced\n", path)
	}
	_, err = fmt.Fprintf(p.stdout, "restored %s to %s\n", c.File, dir)
	return err
}

// daemonUp gives the error of a store that a process has open its remedy and its
// exit code.
func daemonUp(err error) error {
	if errors.Is(err, storage.ErrInUse) {
		return &exitError{exitAgain, fmt.Errorf("the daemon must be down for this: %w", err)}
	}
	return err
}

// ownStore gives files that root has written to the owner of the state directory,
// who could not open them otherwise.
func ownStore(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || owner.Uid == 0 {
		return nil
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Type().IsRegular() {
			err = errors.Join(err, os.Lchown(filepath.Join(dir, e.Name()), int(owner.Uid), int(owner.Gid)))
		}
	}
	return err
}

// compactCommand writes the store anew without what is unused.
type compactCommand struct{ setup }

// Help implements kong.HelpProvider.
func (compactCommand) Help() string {
	return `The daemon must be down. The store's file never shrinks by itself: what retention
frees is used again. Compacting needs as much room on the disk as is in use.

  systemctl stop feedwatch
  feedwatch compact
  systemctl start feedwatch`
}

// Run implements the verb.
func (c *compactCommand) Run(ctx context.Context, p *program) error {
	dir := stateDir(c.Config, p.env)
	if err := hasStore(dir); err != nil {
		return err
	}
	before, after, err := boltdb.Compact(ctx, dir, boltdb.Options{Timeout: lockPatience})
	if err != nil {
		return daemonUp(err)
	}
	if err := ownStore(dir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "compacted: %s to %s\n", humanize.IBytes(uint64(before)), humanize.IBytes(uint64(after)))
	return err
}
