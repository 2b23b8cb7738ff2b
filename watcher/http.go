package watcher

import (
	"crypto/subtle"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
)

//go:embed page
var pageFiles embed.FS

// Handler serves the status endpoint: a page for people at /, the same as JSON
// at /status, /healthz, /readyz and /metrics. Of very many feeds the page and
// /status show the first 500, those that need a look first; /status?feeds=all
// shows every one. It only reads. Where token is not
// empty, all but /healthz and /readyz ask for it, as a bearer token or as the
// password of basic authentication.
func (w *Watcher) Handler(token string) http.Handler {
	page := template.Must(template.New("page.html").Funcs(pageFuncs).ParseFS(pageFiles, "page/page.html"))
	inner := http.NewServeMux()
	inner.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) { w.servePage(rw, r, page) })
	inner.HandleFunc("GET /style.css", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(rw, r, pageFiles, "page/style.css")
	})
	inner.HandleFunc("GET /status", w.serveStatus)
	inner.Handle("GET /metrics", promhttp.HandlerFor(w.metrics.registry, promhttp.HandlerOpts{}))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", w.serveHealth)
	mux.HandleFunc("GET /readyz", w.serveReady)
	mux.Handle("/", withToken(token, inner))
	return withHeaders(mux)
}

// withHeaders lets a browser run and load nothing but the page's own style.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(rw, r)
	})
}

// withToken lets through who knows the token. Without one, the endpoint is for
// this machine only, and must be asked for by address or as localhost: a name
// that a stranger's DNS points at loopback would make a browser here read the
// page to him.
func withToken(token string, next http.Handler) http.Handler {
	if token == "" {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !namesThisMachine(r.Host) {
				http.Error(rw, "ask for this page by its address, or as localhost; under another name it needs a token (status.token in the configuration)", http.StatusMisdirectedRequest)
				return
			}
			next.ServeHTTP(rw, r)
		})
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			_, given, _ = r.BasicAuth()
		}
		if subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
			rw.Header().Set("WWW-Authenticate", `Basic realm="feedwatch"`)
			http.Error(rw, "the status endpoint asks for its token (status.token in the configuration)", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// namesThisMachine tells whether a Host header is an address or localhost.
func namesThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || host == "localhost"
}

// serveHealth says whether the process works at all.
func (w *Watcher) serveHealth(rw http.ResponseWriter, r *http.Request) {
	if w.ready.Load() {
		if err := w.Alive(r.Context()); err != nil {
			http.Error(rw, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	fmt.Fprintln(rw, "ok")
}

// serveReady says whether feeds are watched at this moment: not while starting
// and not while stopping.
func (w *Watcher) serveReady(rw http.ResponseWriter, _ *http.Request) {
	if !w.ready.Load() {
		http.Error(rw, "not ready: starting or stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(rw, "ready")
}

func (w *Watcher) serveStatus(rw http.ResponseWriter, r *http.Request) {
	st, err := w.Status(r.Context())
	if err != nil {
		http.Error(rw, "the store does not answer: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	if r.URL.Query().Get("feeds") != "all" {
		st.cut(shownFeeds)
	}
	rw.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(rw)
	e.SetIndent("", "  ")
	_ = e.Encode(st) // An error here is a reader who left.
}

func (w *Watcher) servePage(rw http.ResponseWriter, r *http.Request, page *template.Template) {
	st, err := w.Status(r.Context())
	if err != nil {
		http.Error(rw, "the store does not answer: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := page.Execute(rw, newPage(st)); err != nil {
		w.log.Debug("the status page was not read to its end", "error", err)
	}
}

// pageView is what the page shows, beside the status itself.
type pageView struct {
	Status
	Watched  int // feeds
	Troubled int // of those, that fail, stand still or are gone
	Waiting  int // deliveries not settled
	Dead     int
	Uptime   string
}

func newPage(st Status) pageView {
	p := pageView{Status: st, Uptime: strings.TrimSpace(humanize.RelTime(st.Started, st.Now, "", "")), Watched: len(st.Feeds)}
	for health, n := range st.Counts {
		if health.troubled() {
			p.Troubled += n
		}
	}
	p.cut(shownFeeds)
	for _, r := range st.Receivers {
		p.Waiting += r.Pending + r.Sending
		p.Dead += r.Dead
	}
	return p
}

var pageFuncs = template.FuncMap{
	"ago":      Ago,
	"in":       In,
	"stamp":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"bytes":    func(n int64) string { return humanize.IBytes(uint64(n)) },
	"count":    func(n uint64) string { return humanize.Comma(int64(n)) },
	"short":    short,
	"headline": func(a storage.Alert) []storage.Part { return deliver.Headline(&a) },
	"sentence": func(a storage.Alert) []storage.Part { return deliver.Sentence(&a) },
	"weblink": func(link string) string {
		if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
			return link
		}
		return ""
	},
}

// short is a delay in two figures or so.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return "under 10ms"
	case d < time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
