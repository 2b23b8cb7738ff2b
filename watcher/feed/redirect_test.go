package feed

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

func TestRedirects(t *testing.T) {
	jump := func(o *origin, steps map[string]string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			step, ok := steps[r.URL.Path]
			if !ok {
				headers("ETag", `"end"`)(w, r)
				return
			}
			var status int
			var to string
			fmt.Sscan(step, &status, &to)
			w.Header().Set("Location", to)
			w.WriteHeader(status)
		}
	}
	for _, c := range []struct {
		name  string
		steps map[string]string
		moved string // path; "" for none
	}{
		{"48 permanent", map[string]string{"/a": "301 /b"}, "/b"},
		{"48 permanent, of the newer kind", map[string]string{"/a": "308 /b"}, "/b"},
		{"49 temporary", map[string]string{"/a": "302 /b"}, ""},
		{"49 see other", map[string]string{"/a": "303 /b"}, ""},
		{"49 temporary, of the newer kind", map[string]string{"/a": "307 /b"}, ""},
		{"50 only the leading permanent part counts", map[string]string{"/a": "301 /b", "/b": "302 /c", "/c": "301 /d"}, "/b"},
		{"50 a temporary one first", map[string]string{"/a": "302 /b", "/b": "301 /c"}, ""},
		{"51 five are followed", map[string]string{"/a": "301 /b", "/b": "301 /c", "/c": "301 /d", "/d": "301 /e", "/e": "301 /f"}, "/f"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := serve(t, jump(nil, c.steps))
			resp := fetch(t, newFetcher(t), Request{URL: o.URL + "/a"})
			want := ""
			if c.moved != "" {
				want = o.URL + c.moved
			}
			if resp.Moved != want {
				t.Errorf("moved to %q, want %q", resp.Moved, want)
			}
			if resp.URL != o.URL+o.last().URL.Path {
				t.Errorf("the final address is %q", resp.URL)
			}
		})
	}
	t.Run("51 a loop ends", func(t *testing.T) {
		o := serve(t, jump(nil, map[string]string{"/a": "301 /b", "/b": "301 /a"}))
		if s := refusal(t, newFetcher(t), Request{URL: o.URL + "/a"}); s.Reason != ReasonRedirect {
			t.Errorf("got %+v", s)
		}
		if o.count() != maxHops+1 {
			t.Errorf("%d requests", o.count())
		}
	})
	t.Run("52 and 53 no Referer, and validators only at their own address", func(t *testing.T) {
		o := serve(t, jump(nil, map[string]string{"/a": "302 /b"}))
		f := newFetcher(t)
		for _, at := range []string{"/a", "/b"} {
			fetch(t, f, Request{URL: o.URL + "/a", ValidatorsURL: o.URL + at, ETag: `"x"`, LastModified: "y"})
			for _, r := range o.asked[len(o.asked)-2:] {
				sent := r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
				if r.Header.Get("Referer") != "" || sent != (r.URL.Path == at) {
					t.Errorf("validators of %s: %s was asked with %v", at, r.URL.Path, r.Header)
				}
			}
		}
	})
	t.Run("54 secrets stay at home", func(t *testing.T) {
		away := serve(t, headers())
		home := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, away.URL, http.StatusFound) })
		fetch(t, newFetcher(t), Request{URL: home.URL, Header: map[string]egress.Secret{"Authorization": "Bearer s", "X-Key": "k"}})
		if got := home.last().Header.Get("Authorization"); got != "Bearer s" {
			t.Errorf("home was asked with %q", got)
		}
		if h := away.last().Header; h.Get("Authorization") != "" || h.Get("X-Key") != "" {
			t.Errorf("away was asked with %v", h)
		}
	})
	t.Run("54 not even after a detour that comes home", func(t *testing.T) {
		var home *origin
		away := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, home.URL+"/b", http.StatusFound) })
		home = serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, away.URL, http.StatusFound)
				return
			}
			headers()(w, r)
		})
		fetch(t, newFetcher(t), Request{URL: home.URL + "/a", Header: map[string]egress.Secret{"X-Key": "k"}})
		if got := home.last().Header.Get("X-Key"); got != "" {
			t.Errorf("sent %q", got)
		}
	})
	t.Run("55 https to http is refused", func(t *testing.T) {
		plain := serve(t, headers())
		secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusMovedPermanently))
		defer secure.Close()
		f := &Fetcher{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}}
		if s := refusal(t, f, Request{URL: secure.URL}); s.Reason != ReasonRedirect || plain.count() != 0 {
			t.Errorf("got %+v after %d requests", s, plain.count())
		}
	})
	for _, to := range []string{"file:///etc/passwd", "ftp://h/x", "data:text/xml,<rss/>", "javascript:alert(1)", "http://", "http://%zz/"} {
		t.Run("56 refused: "+to, func(t *testing.T) {
			o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(301)
			})
			if s := refusal(t, newFetcher(t), Request{URL: o.URL}); s.Reason != ReasonRedirect || o.count() != 1 {
				t.Errorf("got %+v", s)
			}
		})
	}
	t.Run("59 a permanent redirect to a page moves nothing", func(t *testing.T) {
		o := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/", http.StatusMovedPermanently)
				return
			}
			io.WriteString(w, "<html></html>")
		})
		if s := refusal(t, newFetcher(t), Request{URL: o.URL + "/a"}); s.Reason != ReasonHTML {
			t.Errorf("got %+v", s)
		}
	})
}
