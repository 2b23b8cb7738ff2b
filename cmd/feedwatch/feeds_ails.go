package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/feed"
)

// What is wrong with feeds, and what to do, in the order in which a person would
// look for it.

const (
	staleAfter = 9 * 30 * 24 * time.Hour // a newest item older than that: few feeds pause so long
	slowAfter  = 10 * time.Second
	fullText   = 1500 // bytes of plain text that few summaries have
	headline   = 80   // bytes that are no summary
)

// whyBroken names why a feed can't be read.
func whyBroken(f watcher.Feed, err error) ailment {
	if status, ok := errors.AsType[*feed.StatusError](err); ok {
		return whyRefused(f, status)
	}
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	switch text := egress.Redact(err, secretsOf(f)...); {
	case errors.Is(err, feed.ErrNotFeed):
		return ailment{"not a feed: " + text, "find the feed of the page: feedwatch feeds discover URL"}
	case errors.Is(err, feed.ErrBound):
		return ailment{"too large: " + text, "tell its owner, or watch another feed of the site"}
	case errors.Is(err, feed.ErrBroken):
		return ailment{"can't be parsed: " + text, "tell its owner"}
	case errors.Is(err, fs.ErrNotExist):
		return ailment{"there is no such file", "check the path"}
	case errors.Is(err, fs.ErrPermission):
		return ailment{"the file may not be read", "give the user that feedwatch runs as the right to read it, and to enter its folder"}
	case errors.Is(err, egress.ErrRefused):
		return ailment{"its address is private: " + text, "list the address under network.allow if it is yours"}
	case errors.As(err, &certificate):
		return ailment{"certificate: " + egress.Redact(certificate), "check this machine's clock and ca-certificates; else tell its owner"}
	case errors.As(err, &dns) && dns.IsNotFound:
		return ailment{"DNS: no such host", "check the spelling; the site may have moved or ended"}
	case errors.As(err, &dns):
		return ailment{"DNS: " + egress.Redact(dns), "check this machine's resolver; else try again later"}
	case errors.Is(err, context.DeadlineExceeded):
		return ailment{"too slow: " + text, "try again later; tell its owner if it stays so"}
	default:
		return ailment{"can't be reached: " + text, "try again later; check the network"}
	}
}

// whyRefused names what an HTTP answer that is no feed means.
func whyRefused(f watcher.Feed, e *feed.StatusError) ailment {
	text := e.Error()
	switch e.Reason {
	case feed.ReasonNotFound:
		return ailment{"not found: " + text, "find its new address on the site: feedwatch feeds discover URL"}
	case feed.ReasonGone:
		return ailment{"gone: " + text, fmt.Sprintf("feedwatch feeds remove %q", f.Name)}
	case feed.ReasonBlocked:
		return whyBlocked(e)
	case feed.ReasonBusy:
		return ailment{"asks for rest: " + text, "try again later, and give it a longer schedule"}
	case feed.ReasonServer:
		return ailment{"server error: " + text, "try again later"}
	case feed.ReasonHTML:
		return ailment{"not a feed: " + text, "look at it in a browser; if it is the site: feedwatch feeds discover URL"}
	case feed.ReasonEmpty:
		return ailment{"empty: " + text, "try again later; tell its owner if it stays so"}
	case feed.ReasonTooLarge:
		return ailment{"too large: " + text, "raise poll.max_bytes, or watch another feed of the site"}
	case feed.ReasonRedirect:
		return ailment{"redirect: " + text, "open it in a browser, and configure where that ends"}
	}
	return ailment{"unexpected answer: " + text, "look at it in a browser"}
}

// whyBlocked tells those that want a login from those that want no program.
func whyBlocked(e *feed.StatusError) ailment {
	switch detail := strings.ToLower(e.Detail); {
	case e.Status == 401:
		return ailment{"wants a login: " + e.Error(), "give the feed headers, as Authorization: {credential: NAME}"}
	case strings.Contains(detail, "challenge"), strings.Contains(detail, "captcha"):
		return ailment{"blocked by a challenge for browsers: " + e.Error(), "ask its owner to let feed readers through, or watch another feed"}
	}
	return ailment{fmt.Sprintf("blocked (%d): %s", e.Status, e.Error()), "set network.contact, poll less often, or ask its owner to let feedwatch through"}
}

// ailmentsOf says what is wrong with a feed that can be read. What asks for
// nothing to be done has no remedy.
func ailmentsOf(f watcher.Feed, resp *feed.Response, doc *feed.Feed, took time.Duration, now time.Time) []ailment {
	var list []ailment
	add := func(what, remedy string) { list = append(list, ailment{what, remedy}) }
	if resp.Moved != "" && resp.Moved != f.URL {
		add("moved for good", "change its url to "+egress.RedactURL(resp.Moved))
	}
	newest := newestEntry(doc)
	switch {
	case len(doc.Entries) == 0:
		add("it lists no entries", "look whether the site has another feed: feedwatch feeds discover URL")
	case newest.IsZero():
		add("no dates: its items count as published when they are first seen", "")
	case now.Sub(newest) > staleAfter:
		add("stale: its newest item is from "+strings.TrimSpace(humanize.RelTime(newest, now, "ago", "")), "look whether the site has another feed: feedwatch feeds discover URL")
	}
	if len(doc.Entries) > 0 && !slices.ContainsFunc(doc.Entries, func(e feed.Entry) bool { return e.ID != "" }) {
		add("no ids: its items are told apart by link, else by title", "")
	}
	if len(doc.Warnings) > 0 {
		add("repaired: "+strings.Join(doc.Warnings, "; "), "")
	}
	if took > slowAfter {
		add("slow: "+took.Round(100*time.Millisecond).String(), "")
	}
	return list
}

// howMuchText says how much of an article the middle one of the entries has.
func howMuchText(doc *feed.Feed) string {
	if len(doc.Entries) == 0 {
		return "-"
	}
	sizes := make([]int, len(doc.Entries))
	for i, e := range doc.Entries {
		sizes[i] = len(e.Text)
	}
	slices.Sort(sizes)
	switch middle := sizes[len(sizes)/2]; {
	case middle >= fullText:
		return "full"
	case middle < headline:
		return "headline"
	}
	return "summary"
}

func secretsOf(f watcher.Feed) []egress.Secret {
	var list []egress.Secret
	for _, s := range f.Header {
		list = append(list, s)
	}
	return list
}
