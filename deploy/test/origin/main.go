// Command origin is the outer world of the boot test: a server whose feeds the
// daemon polls and whose webhook it calls, and a program that tries what the
// unit's sandbox forbids. It shares no code with feedwatch on purpose: it
// checks signatures as the specification says, not as feedwatch does.
//
//	origin serve -listen ADDR -dir DIR -secret FILE
//	origin probe ADDR
//
// serve answers GET from DIR/feeds and writes a line to DIR/gets; it answers
// POST, by 503 for as long as DIR/down exists, and writes a line to DIR/posts.
// probe prints a line for each thing it tried.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "origin:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "probe":
		probe(os.Stdout, args[1])
		return nil
	case len(args) > 0 && args[0] == "serve":
		return serve(args[1:])
	}
	return errors.New("usage: origin serve -listen ADDR -dir DIR -secret FILE | origin probe ADDR")
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:9090", "address")
	dir := flags.String("dir", ".", "folder of feeds, gets, posts and down")
	secret := flags.String("secret", "", "file with the webhook's secret (whsec_...)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	key, err := readKey(*secret)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              *listen,
		Handler:           newOrigin(*dir, key),
		ReadHeaderTimeout: 10 * time.Second,
	}
	return server.ListenAndServe()
}

// readKey reads a Standard Webhooks secret: whsec_ and base64.
func readKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	encoded, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "whsec_")
	if !ok {
		return nil, fmt.Errorf("%s: no whsec_ secret", file)
	}
	return base64.StdEncoding.DecodeString(encoded)
}

// post is one call of the webhook, as it is written down.
type post struct {
	ID     string          `json:"id"`     // webhook-id
	Status int             `json:"status"` // the answer
	Signed bool            `json:"signed"`
	Body   json.RawMessage `json:"body"`
}

type origin struct {
	dir string
	key []byte
	mu  sync.Mutex // one line at a time
}

func newOrigin(dir string, key []byte) http.Handler {
	o := &origin{dir: dir, key: key}
	mux := http.NewServeMux()
	mux.Handle("GET /", o.noted(http.FileServer(http.Dir(filepath.Join(dir, "feeds")))))
	mux.HandleFunc("POST /", o.receive)
	return mux
}

// noted writes down what was asked for once it is answered.
func (o *origin) noted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if err := o.record("gets", r.URL.Path); err != nil {
			fmt.Fprintln(os.Stderr, "origin:", err)
		}
	})
}

func (o *origin) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || !json.Valid(body) {
		http.Error(w, "a JSON body is wanted", http.StatusBadRequest)
		return
	}
	p := post{ID: r.Header.Get("webhook-id"), Status: http.StatusNoContent, Signed: o.signed(r.Header, body), Body: body}
	if _, err := os.Stat(filepath.Join(o.dir, "down")); err == nil {
		p.Status = http.StatusServiceUnavailable
	}
	if err := o.record("posts", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(p.Status)
}

// signed checks a v1 signature (https://www.standardwebhooks.com).
func (o *origin) signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, o.key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(want)) {
			return true
		}
	}
	return false
}

// record appends a value to a file of the origin, as one line of JSON.
func (o *origin) record(name string, value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	f, err := os.OpenFile(filepath.Join(o.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// probe tries what a program in the unit's sandbox must not be able to do.
func probe(out io.Writer, addr string) {
	result := func(what string, err error) {
		if err != nil {
			fmt.Fprintf(out, "%s: denied: %v\n", what, err)
			return
		}
		fmt.Fprintf(out, "%s: possible\n", what)
	}
	for _, dir := range []string{"/etc", "/usr", "/var/lib", "/root"} {
		file := filepath.Join(dir, "origin-was-here")
		result("write "+dir, os.WriteFile(file, nil, 0o600))
		os.Remove(file)
	}
	result("exec", exec.Command("/bin/true").Run())
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		conn.Close()
	}
	result("dial", err)
}
