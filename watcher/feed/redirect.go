package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

// maxHops is how many redirects of one fetch are followed.
const maxHops = 5

// hop is the request at the end of a chain of redirects, and its answer.
type hop struct {
	resp        *http.Response
	url         string
	moved       string // where the leading permanent redirects led
	conditional bool   // the request carried validators
}

// follow asks, and asks where it is sent, until there is an answer. The caller
// closes the body. Following by hand keeps out what http.Client adds to a
// redirected request: a Referer, and validators that belong to another URL.
func (f *Fetcher) follow(ctx context.Context, r Request) (hop, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return hop{}, fmt.Errorf("the address cannot be used: %w", err) // Redact knows how to print it.
	}
	if err := fetchable(u); err != nil && !(f.Files != nil && localFile(u)) {
		return hop{}, err
	}
	home, here := u, hop{url: r.URL}
	away, leading := false, true
	for n := 0; ; n++ {
		// Once away, what is secret stays behind, even if the chain comes back.
		away = away || !sameOrigin(home, u)
		user := home.User
		if away {
			user, r.Header = nil, nil
		}
		if err := f.ask(ctx, u, user, r, &here); err != nil {
			return hop{}, err
		}
		next, err := redirection(here.resp, u)
		if err != nil || next == nil {
			return here, err
		}
		if n == maxHops {
			return hop{}, refuseRedirect(here.resp, fmt.Sprintf("more than %d redirects", maxHops))
		}
		leading = leading && permanent(here.resp.StatusCode)
		discard(here.resp)
		u = next
		here.url = u.String()
		if leading {
			here.moved = here.url
		}
	}
}

// ask makes one request, as the user if there is one.
func (f *Fetcher) ask(ctx context.Context, u *url.URL, user *url.Userinfo, r Request, here *hop) (err error) {
	at := *u
	at.User = nil
	req := (&http.Request{
		Method: http.MethodGet, URL: &at, Host: at.Host, Header: make(http.Header, 8),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	req.Header.Set("User-Agent", f.userAgent())
	req.Header.Set("Accept", accept)
	authorize(req, user, r.Header)
	req.Header.Set("Accept-Encoding", "gzip")
	here.conditional = condition(req.Header, r, here.url)
	if u.Scheme == "file" {
		here.resp, err = f.readFile(req)
		return err
	}
	here.resp, err = f.Transport.RoundTrip(req)
	return err
}

// authorize adds what the configuration says about this feed. Headers that
// this package answers for cannot be configured.
func authorize(req *http.Request, user *url.Userinfo, header map[string]egress.Secret) {
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	for name, value := range header {
		switch textproto.CanonicalMIMEHeaderKey(name) {
		case "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", "Referer", "Connection", "Transfer-Encoding", "Content-Length":
		default:
			req.Header.Set(name, value.Reveal())
		}
	}
}

// condition adds the validators, where they came from this very URL.
func condition(h http.Header, r Request, here string) bool {
	if r.ValidatorsURL != here {
		return false
	}
	if r.ETag != "" {
		h.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		h.Set("If-Modified-Since", r.LastModified)
	}
	return r.ETag != "" || r.LastModified != ""
}

// maxValidator bounds what is kept of a header for the next request.
const maxValidator = 4096

// validator gives a header's value if it can be sent back, else "".
func validator(v string) string {
	if len(v) > maxValidator || !httpguts.ValidHeaderFieldValue(v) {
		return ""
	}
	return v
}

// redirection gives the address an answer sends us to, nil if it is no
// redirect, or an error for one that is not followed. It discards the body
// with the error.
func redirection(resp *http.Response, from *url.URL) (*url.URL, error) {
	switch resp.StatusCode {
	case 301, 302, 303, 307, 308:
	default:
		return nil, nil
	}
	location := resp.Header.Get("Location")
	if location == "" {
		return nil, refuseRedirect(resp, "a redirect without an address")
	}
	to, err := from.Parse(location)
	if err != nil {
		return nil, refuseRedirect(resp, "a redirect to something that is no URL")
	}
	to.Fragment, to.RawFragment, to.User = "", "", nil
	if err := fetchable(to); err != nil {
		return nil, refuseRedirect(resp, "a redirect to an address that is refused: "+err.Error())
	}
	if from.Scheme == "https" && to.Scheme == "http" {
		return nil, refuseRedirect(resp, "a redirect from https to http")
	}
	return to, nil
}

func refuseRedirect(resp *http.Response, detail string) error {
	discard(resp)
	return &StatusError{Status: resp.StatusCode, Reason: ReasonRedirect, Detail: detail}
}

func permanent(status int) bool { return status == 301 || status == 308 }

func fetchable(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is neither http nor https", u.Scheme)
	}
	if u.Hostname() == "" {
		return errors.New("it names no host")
	}
	return nil
}

// pushHeaders reads rel=hub and rel=self from Link headers (RFC 8288).
func pushHeaders(h http.Header, at string) (hub, self string) {
	values := h.Values("Link")
	if len(values) == 0 {
		return "", ""
	}
	base, err := url.Parse(at)
	if err != nil {
		return "", ""
	}
	base.User = nil
	for _, link := range linkValue.FindAllStringSubmatch(strings.Join(values, ","), maxNamed) {
		for _, p := range linkParam.FindAllStringSubmatch(link[2], maxNamed) {
			if !strings.EqualFold(p[1], "rel") {
				continue
			}
			for rel := range strings.FieldsSeq(p[2] + p[3]) {
				self, hub = pushLinks(self, hub, rel, resolve(base, link[1]))
			}
			break // The first rel counts.
		}
	}
	return hub, self
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
