// Command origin is the outer world of the boot test: a server whose feeds the
// daemon polls and whose webhook it calls, and a program that tries what the
// unit's sandbox forbids. It shares no code with feedwatch on purpose: it
// checks signatures as the specification says, not as feedwatch does.
//
//	origin serve -listen ADDR -dir DIR -secret FILE
//	origin probe ADDR
//
// serve answers GET from DIR/feeds and writes a line to DIR/gets; it answers
// POST, by 503 for as long as DIR/down exists and late for as long as DIR/slow
// does, and writes a line to DIR/posts beforehand.
// probe prints a line for each thing it tried.
package main

import (
	"bytes"
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
	dir := flags.String("dir", ".", "folder of feeds, gets, posts, down and slow")
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

// slowness is long beside a stop, and short beside the time limit of a delivery.
const slowness = 2 * time.Second

type origin struct {
	dir string
	key []byte
	mu  sync.Mutex // one line at a time
}

func newOrigin(dir string, key []byte) http.Handler {
	o := &origin{dir: dir, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{name}", o.serveFeed)
	mux.HandleFunc("POST /", o.receive)
	return mux
}

// serveFeed answers with a file of feeds and writes down that it was asked for.
// The validator is made of the content: a feed changes here more often than the
// seconds of Last-Modified can tell.
func (o *origin) serveFeed(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, err := os.ReadFile(filepath.Join(o.dir, "feeds", filepath.Base(name)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(content))))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	if err := o.record("gets", name); err != nil {
		fmt.Fprintln(os.Stderr, "origin:", err)
	}
}

func (o *origin) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || !json.Valid(body) {
		http.Error(w, "a JSON body is wanted", http.StatusBadRequest)
		return
	}
	p := post{ID: r.Header.Get("webhook-id"), Status: http.StatusNoContent, Signed: o.signed(r.Header, body), Body: body}
	if o.told("down") {
		p.Status = http.StatusServiceUnavailable
	}
	if err := o.record("posts", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if o.told("slow") {
		time.Sleep(slowness)
	}
	w.WriteHeader(p.Status)
}

// told reports whether a file tells the origin to behave so.
func (o *origin) told(name string) bool {
	_, err := os.Stat(filepath.Join(o.dir, name))
	return err == nil
}

// signed checks a v1 signature (https://www.standardwebhooks.com).
func (o *origin) signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, o.key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for given := range strings.FieldsSeq(h.Get("webhook-signature")) {
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
