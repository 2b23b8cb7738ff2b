package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
)

// The control socket is HTTP over a unix socket that only its owner may open:
// reload, a round by hand, a test alert, a backup, the status. There is no TCP way to
// change anything.

// controlName is the socket's name in its directory.
const controlName = "control.sock"

// controlPath is where this daemon listens: in the runtime directory that
// systemd made, else beside the store.
func (d *daemon) controlPath() string {
	if dir := runtimeDir(d.program.env); dir != "" {
		return filepath.Join(dir, controlName)
	}
	return filepath.Join(d.config.State, controlName)
}

func runtimeDir(env environment) string {
	dir, _, _ := strings.Cut(env.Getenv("RUNTIME_DIRECTORY"), ":")
	return dir
}

// controlPaths are the places where the daemon of a configuration may listen,
// the likeliest first. The unit's own place counts only for its own
// configuration, or for none: a person in a shell means the installed daemon
// then, and not with a file of his own.
func controlPaths(env environment, config string) []string {
	var paths []string
	if dir := runtimeDir(env); dir != "" {
		paths = append(paths, filepath.Join(dir, controlName))
	}
	paths = append(paths, filepath.Join(stateDir(config, env), controlName))
	if config == "" || strings.HasPrefix(config, "/etc/feedwatch/") {
		paths = append(paths, "/run/feedwatch/"+controlName)
	}
	return paths
}

// listenControl opens the socket. One left behind by a process that died is
// replaced: whoever holds the store's lock is the only daemon.
func listenControl(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the old control socket can't be removed: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("the control socket can't be opened (a path may have about 100 characters; RUNTIME_DIRECTORY gives it another place): %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("closing the control socket to others: %w", err), l.Close())
	}
	return l, nil
}

// refusal is what the control socket answers with when something can't be done:
// the text, and the places in files where there are any.
type refusal struct {
	Error  string              `json:"error"`
	Places []*strictyaml.Error `json:"places,omitempty"`
}

// controlHandler answers on the control socket.
func (d *daemon) controlHandler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			answer, err := do(r)
			w.Header().Set("Content-Type", "application/json")
			if err != nil {
				w.WriteHeader(http.StatusUnprocessableEntity)
				answer = refusal{Error: err.Error(), Places: strictyaml.Errors(err)}
			}
			_ = json.NewEncoder(w).Encode(answer) // An error here is a caller who left.
		})
	}
	handle("POST /reload", func(r *http.Request) (any, error) { return d.reload(r.Context()) })
	handle("GET /status", func(r *http.Request) (any, error) { return d.watcher.Status(r.Context()) })
	handle("POST /poll", func(r *http.Request) (any, error) { return d.pollFor(r) })
	handle("GET /outbox", func(r *http.Request) (any, error) { return d.deliveriesFor(r) })
	handle("POST /replay", func(r *http.Request) (any, error) { return d.replayFor(r) })
	for pattern, call := range storyCalls {
		handle(pattern, func(r *http.Request) (any, error) {
			if err := r.ParseForm(); err != nil {
				return nil, err
			}
			return call(r.Context(), d.watcher, r.Form)
		})
	}
	mux.HandleFunc("GET /items", d.sendItems)
	mux.Handle("POST /backup", &backupSender{daemon: d})
	handle("POST /test-send", func(r *http.Request) (any, error) {
		return d.watcher.TestSend(r.Context(), r.FormValue("receiver"))
	})
	return mux
}

// pollFor polls as a caller on the control socket asks.
func (d *daemon) pollFor(r *http.Request) ([]pollLine, error) {
	if err := d.knows(r.FormValue("feed")); err != nil {
		return nil, err
	}
	backfill, err := strconv.Atoi(r.FormValue("backfill"))
	if err != nil {
		return nil, fmt.Errorf("backfill: %w", err)
	}
	reports, err := d.watcher.PollNow(r.Context(), watcher.PollOptions{
		URL: r.FormValue("feed"), Force: r.FormValue("force") == "true", Backfill: backfill,
	})
	return pollLines(reports), err
}

// errDown says that no daemon answers.
var errDown = errors.New("no feedwatch daemon is running for this configuration: start it with `feedwatch run`, or its unit")

// askDaemon sends a request to the daemon that runs on this configuration and
// decodes its answer into out. errDown, with exit code 69, where none runs.
func (p *program) askDaemon(ctx context.Context, config, method, path string, form url.Values, out any) error {
	resp, err := p.reachDaemon(ctx, config, method, path, form)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decodeAnswer(resp, out)
}

// withStore is for what the daemon is asked first, and does not run: a Watcher that
// is not running, over the store of the configuration. A store that is not there is
// not made.
func (p *program) withStore(ctx context.Context, config string, do func(*watcher.Watcher) error) error {
	cfg, err := loadConfig(config, p.env)
	if err != nil {
		return &exitError{exitBadSetup, err}
	}
	if err := hasStore(cfg.State); err != nil {
		return err
	}
	d, err := p.build(ctx, cfg, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	return errors.Join(do(d.watcher), d.store.Close())
}

// reachDaemon is askDaemon for answers that are read piece by piece: the caller
// closes the body.
func (p *program) reachDaemon(ctx context.Context, config, method, path string, form url.Values) (*http.Response, error) {
	for _, socket := range controlPaths(p.env, config) {
		client := http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", socket)
			},
		}}
		r, err := http.NewRequestWithContext(ctx, method, "http://daemon"+path+"?"+form.Encode(), nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(r)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
			continue
		}
		if err != nil {
			return nil, &exitError{exitService, fmt.Errorf("asking the daemon at %s: %w", socket, err)}
		}
		return resp, nil
	}
	return nil, &exitError{exitService, errDown}
}

func decodeAnswer(resp *http.Response, out any) error {
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(out)
	}
	var no refusal
	if err := json.NewDecoder(resp.Body).Decode(&no); err != nil {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("the daemon answered %s: %s", resp.Status, body)
	}
	if len(no.Places) > 0 {
		return strictyaml.Join(no.Places)
	}
	return errors.New(no.Error)
}
