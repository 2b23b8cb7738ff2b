package egress

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxRedacted bounds what Redact gives, in bytes: enough for a chain of
// wrapped errors, little enough for a log line and a record of an attempt.
const maxRedacted = 500

var (
	// webURL finds addresses in running text. Quotes end it, for that is how
	// net/url prints one in an error.
	webURL = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>` + "`" + `]+`)

	// secretPath finds paths whose parts are credentials: Slack's and
	// Mattermost's incoming webhooks and Slack's workflow triggers, Discord's
	// webhooks, Telegram's bots.
	secretPath = regexp.MustCompile(`/(services|workflows|triggers)/T[0-9A-Z]+/[^/\s]+/[^?#\s"']+` +
		`|/hooks/[0-9a-z]{20,}` +
		`|/api/webhooks/[0-9]+/[^/?#\s"']+` +
		`|/bot[0-9]+:[^/?#\s"']+`)
)

// Redact gives the error's text without URLs' secrets (userinfo, query values,
// webhook paths) and without the given secrets, on one line of at most 500
// bytes. Of a secret that is a URL, its path, its long path segments, its query
// values and its password are taken out wherever they stand alone, too. It
// gives "" for nil.
func Redact(err error, secrets ...Secret) string {
	if err == nil {
		return ""
	}
	// The secrets go first, while they still stand there as they were given.
	text := maskSecrets(err.Error(), secrets)
	text = maskURLErrors(text, err)
	text = webURL.ReplaceAllStringFunc(text, RedactURL)
	text = secretPath.ReplaceAllString(text, "/"+redacted)
	return oneLine(text)
}

// RedactURL gives the URL without userinfo, query values and fragment, and
// without webhook paths that are secrets by their form. It stays a URL; what
// can't be parsed is replaced whole.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return redacted
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	u.RawPath = secretPath.ReplaceAllString(u.EscapedPath(), "/redacted")
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return redacted
	}
	u.RawQuery = redactQuery(u.RawQuery)
	return u.String()
}

// redactQuery keeps names and order, for they tell the reader which address it
// was. A part without "=" may be a token that stands alone.
func redactQuery(raw string) string {
	if raw == "" {
		return ""
	}
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, _, ok := strings.Cut(part, "=")
		if parts[i] = "redacted"; ok {
			parts[i] = name + "=redacted"
		}
	}
	return strings.Join(parts, "&")
}

// maskURLErrors replaces the addresses that *url.Error carries, which may hold
// spaces and quotes that a search in the text would stop at. What net/url says
// of an address it could not parse quotes parts of it, so that goes as well.
func maskURLErrors(text string, err error) string {
	for _, ue := range urlErrors(err) {
		safe := RedactURL(ue.URL)
		text = strings.ReplaceAll(text, strconv.Quote(ue.URL), strconv.Quote(safe))
		text = replace(text, ue.URL, safe)
		if ue.Op == "parse" && ue.Err != nil {
			text = replace(text, ue.Err.Error(), "not a valid URL")
		}
	}
	return text
}

// urlErrors collects every *url.Error in the tree of wrapped errors.
func urlErrors(err error) []*url.Error {
	var found []*url.Error
	if ue, ok := err.(*url.Error); ok {
		found = append(found, ue)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			found = append(found, urlErrors(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			found = append(found, urlErrors(inner)...)
		}
	}
	return found
}

// maskSecrets replaces the longest first, so that no piece of a longer one is
// left standing around a shorter one.
func maskSecrets(text string, secrets []Secret) string {
	var all []string
	for _, s := range secrets {
		all = append(all, forms(s.Reveal())...)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, s := range all {
		text = replace(text, s, redacted)
	}
	return text
}

// forms lists how a secret may appear in an error's text: as it is, quoted, as
// part of a URL, without the prefix of a Standard Webhooks key or the scheme of
// an Authorization header, and for a URL the parts that are secret on their own.
func forms(secret string) []string {
	if secret == "" {
		return nil
	}
	quoted := strconv.Quote(secret)
	all := []string{secret, quoted[1 : len(quoted)-1], url.QueryEscape(secret), url.PathEscape(secret)}
	if key, ok := strings.CutPrefix(secret, "whsec_"); ok {
		all = append(all, key)
	}
	if scheme, token, ok := strings.Cut(secret, " "); ok && len(token) > len(scheme) { // Bearer abc
		all = append(all, token)
	}
	if u, err := url.Parse(secret); err == nil && u.Host != "" {
		all = append(all, urlParts(u)...)
	}
	return all
}

// urlParts lists what of a secret URL is secret on its own. Short segments
// ("services", "api") are words, and masking them would only hide the reason.
func urlParts(u *url.URL) []string {
	var parts []string
	add := func(least int, s string) {
		if len(s) >= least {
			parts = append(parts, s)
		}
	}
	add(6, u.EscapedPath())
	add(6, u.RequestURI())
	for segment := range strings.SplitSeq(u.Path, "/") {
		add(9, segment)
	}
	for _, values := range u.Query() {
		for _, v := range values {
			add(4, v)
		}
	}
	password, _ := u.User.Password()
	add(1, password)
	return parts
}

// replace is strings.ReplaceAll that leaves the text alone for an empty old.
func replace(text, old, with string) string {
	if old == "" {
		return text
	}
	return strings.ReplaceAll(text, old, with)
}

// oneLine makes text from outside fit for a log line and a terminal: control
// and format characters (line ends, escape sequences, marks that turn the
// writing direction) become spaces, runs of which shrink to one.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxRedacted {
		return text
	}
	const ellipsis = "…"
	return strings.ToValidUTF8(text[:maxRedacted-len(ellipsis)], "") + ellipsis
}
