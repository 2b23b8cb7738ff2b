package feed

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

func TestRequestShape(t *testing.T) {
	t.Run("60 61 62 63 65 who asks and for what", func(t *testing.T) {
		o := serve(t, headers("Set-Cookie", "id=1; Path=/"))
		f := newFetcher(t)
		r := Request{URL: o.URL + "/feed"}
		for range 3 {
			r = next(r.URL, fetch(t, f, r))
		}
		for _, got := range o.asked {
			want := http.Header{"User-Agent": {f.UserAgent}, "Accept": {accept}, "Accept-Encoding": {"gzip"}}
			if got.Method != "GET" || got.URL.Path != "/feed" || len(got.Header) != len(want) {
				t.Errorf("asked %s %s with %v", got.Method, got.URL, got.Header)
			}
			for k := range want {
				if got.Header.Get(k) != want.Get(k) {
					t.Errorf("%s is %q", k, got.Header.Get(k))
				}
			}
		}
	})
	for _, path := range []string{"/Feed/", "/feed", "/a%2Fb", "/x?b=2&a=1", "/x?", "/%7Euser/a+b", "/a//b/../c", "/x?q=%20%2f&&", "/caf%C3%A9;v=1"} {
		t.Run("64 the address is asked for byte for byte: "+path, func(t *testing.T) {
			o := serve(t, headers())
			resp := fetch(t, newFetcher(t), Request{URL: o.URL + path})
			if got := o.last().RequestURI; got != path {
				t.Errorf("asked for %q", got)
			}
			if resp.URL != o.URL+path {
				t.Errorf("the final address is %q", resp.URL)
			}
		})
	}
	t.Run("64 a fragment stays here", func(t *testing.T) {
		o := serve(t, headers())
		fetch(t, newFetcher(t), Request{URL: o.URL + "/x#top"})
		if got := o.last().RequestURI; got != "/x" {
			t.Errorf("asked for %q", got)
		}
	})
	t.Run("66 the connection is used again", func(t *testing.T) {
		status := 200
		o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			if status != 304 {
				io.WriteString(w, tinyFeed)
			}
		})
		f := newFetcher(t)
		for _, status = range []int{200, 404, 500, 304, 200} {
			_, _ = f.Fetch(t.Context(), Request{URL: o.URL, ValidatorsURL: o.URL, ETag: "x"})
		}
		for _, r := range o.asked {
			if r.RemoteAddr != o.asked[0].RemoteAddr {
				t.Errorf("another connection: %s", r.RemoteAddr)
			}
		}
	})
	t.Run("configured headers cannot undo the rules", func(t *testing.T) {
		o := serve(t, headers())
		fetch(t, newFetcher(t), Request{URL: o.URL, Header: map[string]egress.Secret{"accept-encoding": "br", "if-none-match": "x", "Accept": "text/xml"}})
		if h := o.last().Header; h.Get("Accept-Encoding") != "gzip" || h.Get("If-None-Match") != "" || h.Get("Accept") != "text/xml" {
			t.Errorf("sent %v", h)
		}
	})
	t.Run("a user in the address becomes basic authentication", func(t *testing.T) {
		o := serve(t, headers())
		fetch(t, newFetcher(t), Request{URL: strings.Replace(o.URL, "http://", "http://ann:pw@", 1)})
		if user, pw, _ := o.last().BasicAuth(); user != "ann" || pw != "pw" {
			t.Errorf("sent %q %q", user, pw)
		}
	})
}

func TestPushLinksOfHeadersAreRecorded(t *testing.T) {
	for _, c := range []struct {
		name      string
		link      []string
		hub, self string
	}{
		{"none", nil, "", ""},
		{"both", []string{`<https://hub.example/>; rel="hub", <https://a.example/f>; rel="self"`}, "https://hub.example/", "https://a.example/f"},
		{"in two lines, a comma in an address", []string{`<https://hub.example/a,b>; rel=hub`, `<https://a.example/f>; title="x, y"; rel=self`}, "https://hub.example/a,b", "https://a.example/f"},
		{"the one over https goes first", []string{`<http://one.example/>; rel=hub, <https://two.example/>; rel=hub`}, "https://two.example/", ""},
		{"two relations in one", []string{`<https://a.example/>; rel="alternate self"`}, "", "https://a.example/"},
		{"garbage", []string{`hub`, `<>; rel=hub`, `<javascript:x>; rel=hub`, `<https://h/`}, "", ""},
	} {
		h := http.Header{}
		for _, l := range c.link {
			h.Add("Link", l)
		}
		if hub, self := pushHeaders(h, "https://a.example/feed"); hub != c.hub || self != c.self {
			t.Errorf("%s: hub %q, self %q", c.name, hub, self)
		}
	}
	o := serve(t, headers("Link", `</hub>; rel="hub"`))
	if resp := fetch(t, newFetcher(t), Request{URL: o.URL + "/feed"}); resp.Hub != o.URL+"/hub" {
		t.Errorf("a relative hub: %q", resp.Hub)
	}
	f := again(t, `<rss><channel><cloud domain="rpc.example.com" port="80" path="/RPC2" registerProcedure="" protocol="http-post"/><item/></channel></rss>`, nil)
	if f.Cloud != "http://rpc.example.com/RPC2" {
		t.Errorf("the cloud is at %q", f.Cloud)
	}
}
