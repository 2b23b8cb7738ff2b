package feed

import (
	"net/url"
	"slices"
	"strings"
)

// Canonical writes a web address in its one normal form (RFC 3986, section 6):
// scheme and host in lower case, no default port, no user, no fragment (save
// one that begins with "#!"), no dot segments, escapes only where they are
// needed, and the query sorted and without the parameters that only track
// where a reader came from. The host stays the same. What is no web address
// comes back trimmed. Canonical is idempotent and never fails.
func Canonical(raw string) string {
	raw = strings.TrimSpace(raw)
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Contains(u.Host, "%") {
		return raw
	}
	var b strings.Builder
	b.WriteString(u.Scheme + "://" + canonicalHost(u))
	b.WriteString(removeDots(escapes(u.EscapedPath(), "/")))
	if q := canonicalQuery(u.RawQuery); q != "" {
		b.WriteString("?" + q)
	}
	if f := u.EscapedFragment(); strings.HasPrefix(f, "!") {
		b.WriteString("#" + escapes(f, "/?"))
	}
	return b.String()
}

// LinkKey writes an address for comparison only: Canonical, and then without
// what differs between two addresses of one article: the scheme, "www." or
// "m.", a slash at the end, and the marks of an AMP page. Addresses that go
// through a known redirector are unwrapped first. It is no address to fetch or
// to show.
func LinkKey(raw string) string {
	s := Canonical(unwrap(strings.TrimSpace(raw)))
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	rest, query, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	path = strings.Trim(path, "/")
	path = strings.TrimPrefix(strings.TrimSuffix("/"+path, "/amp"), "/")
	if query = dropParameters(query, isAMP); query != "" {
		path += "?" + query
	}
	return bareHost(host) + "/" + path
}

func isAMP(name, value string) bool {
	return name == "amp" && (value == "" || value == "1") || name == "outputType" && value == "amp"
}

// bareHost takes "www." or "m." off, where something of a name is left.
func bareHost(host string) string {
	for _, prefix := range []string{"www.", "m.", "mobile."} {
		if rest, ok := strings.CutPrefix(host, prefix); ok && strings.Contains(rest, ".") {
			return rest
		}
	}
	return host
}

func canonicalHost(u *url.URL) string {
	host := strings.Map(lowerASCII, u.Host)
	host = strings.TrimSuffix(host, ":")
	switch u.Scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	default:
		return strings.TrimSuffix(host, ":443")
	}
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// escapes decodes the escapes of unreserved characters and escapes what may
// not stand in a path, or in a query if extra says so.
func escapes(s, extra string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, escaped := s[i], false
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c, escaped = unhex(s[i+1])<<4|unhex(s[i+2]), true
			i += 2
		}
		if isUnreserved(c) || !escaped && strings.IndexByte("!$&'()*+,;=:@"+extra, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// removeDots takes "." and ".." out of an absolute path (RFC 3986, section 5.2.4).
func removeDots(path string) string {
	if path == "" {
		return "/"
	}
	var out []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case s == ".." && len(out) > 0:
			out = out[:len(out)-1]
		case s != "." && s != "..":
			out = append(out, s)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}

func canonicalQuery(raw string) string {
	q := dropParameters(raw, isTracking)
	if q == "" {
		return ""
	}
	parts := strings.Split(q, "&")
	for i, p := range parts {
		parts[i] = escapes(p, "/?")
	}
	slices.Sort(parts)
	// What was escaped may have been a tracking parameter's name.
	return dropParameters(strings.Join(parts, "&"), isTracking)
}

// dropParameters takes parameters out of a query and leaves the others as they are.
func dropParameters(raw string, drop func(name, value string) bool) string {
	if raw == "" {
		return ""
	}
	kept := slices.DeleteFunc(strings.Split(raw, "&"), func(p string) bool {
		name, value, _ := strings.Cut(p, "=")
		return p == "" || drop(name, value)
	})
	return strings.Join(kept, "&")
}

// isTracking knows the parameters that say where a reader came from, and
// nothing about the article.
func isTracking(name, _ string) bool {
	name = strings.ToLower(name)
	switch {
	case strings.HasPrefix(name, "utm_"), strings.HasPrefix(name, "mtm_"), strings.HasPrefix(name, "pk_"), strings.HasPrefix(name, "at_"), strings.HasPrefix(name, "__hs"):
		return true
	}
	switch name {
	case "fbclid", "gclid", "dclid", "gbraid", "wbraid", "gclsrc", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id",
		"mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "hsctatracking", "srsltid", "igshid", "igsh", "ncid", "cmpid",
		"ocid", "smid", "smtyp", "sref", "xtor", "wt_mc", "vero_id", "oly_anon_id", "oly_enc_id", "guccounter",
		"guce_referrer", "guce_referrer_sig", "_ga", "_gl", "s_cid", "ns_mchannel", "ns_source", "ns_campaign", "ftag",
		"fb_action_ids", "fb_action_types", "fb_source", "wickedid", "rb_clickid", "spm", "__twitter_impression":
		return true
	}
	return false
}

// redirectors carry the address they lead to in a parameter.
var redirectors = []struct {
	host, path string // host without "www."; path is a prefix
	parameters []string
}{
	{"google.com", "/url", []string{"url", "q"}},
	{"l.facebook.com", "/l.php", []string{"u"}},
	{"lm.facebook.com", "/l.php", []string{"u"}},
	{"bing.com", "/news/apiclick.aspx", []string{"url"}},
	{"msn.com", "/", []string{"url"}},
	{"out.reddit.com", "/", []string{"url"}},
	{"youtube.com", "/redirect", []string{"q"}},
	{"t.umblr.com", "/redirect", []string{"z"}},
	{"href.li", "/", []string{"u"}},
}

// unwrap gives the address that a link through a known redirector leads to,
// else the link as it is. It asks nobody.
func unwrap(link string) string {
	if !strings.Contains(link, "?") {
		return link
	}
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	host := strings.TrimPrefix(strings.Map(lowerASCII, u.Hostname()), "www.")
	for _, r := range redirectors {
		if host != r.host || !strings.HasPrefix(u.Path, r.path) {
			continue
		}
		query := u.Query()
		for _, name := range r.parameters {
			if to := webLink(query.Get(name)); to != "" {
				return to
			}
		}
	}
	return link
}
