package story

import (
	"hash/fnv"
	"regexp"
	"strings"
)

// containers are texts that tell many events, or none.
var containers = regexp.MustCompile(`(?i)\b(live ?blog|live updates?|as it happened|week in (review|pictures)|in pictures|photos of the (day|week)|morning (brief(ing)?|bid)|evening brief(ing)?|daily brief(ing)?|round-?up|newsletter|podcast|stocks? to watch|things to know|what to know today|news quiz|crossword|horoscope|today in history|top stories|the big story|best deals|deals of the|best .* deals|most read|weekly (digest|recap|review)|links for|what we.re reading)\b`)

var outletSuffix = regexp.MustCompile(`\s+[-–—|·»]\s+([^-–—|·»]{2,40})$`)

// cutOutlet takes the name of the outlet off a headline's end.
func cutOutlet(title, outlet string) string {
	title = strings.TrimSpace(title)
	m := outletSuffix.FindStringSubmatchIndex(title)
	if m == nil {
		return title
	}
	tail := title[m[2]:m[3]]
	if isOutlet(tail, outlet) {
		return title[:m[0]]
	}
	return title
}

// isOutlet tells whether the end of a headline names the outlet, or one that
// others pass headlines on from.
func isOutlet(tail, outlet string) bool {
	t := strings.TrimPrefix(squash(tail), "the")
	return t != "" && strings.Contains(squash(outlet), strings.TrimSuffix(t, "com")) || knownOutlets[t]
}

var knownOutlets = set(`reuters ap apnews afp bbc bbcnews cnn cnbc bloomberg wsj verge guardian nytimes newyorktimes ft financialtimes techcrunch`)

// squash leaves of a name what a host's name has of it.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-'", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// A headline tells an event by itself if it has this many words, with this rarity
// in sum: "Morning briefing" and "Nvidia earnings" come again.
const (
	headingWords  = 5
	headingWeight = 30
)

// heading is a hash of a headline's words, or 0 if it could stand over another
// event.
func heading(t *Text, p *profile) uint64 {
	list := words(cutOutlet(clip(t.Title), t.Outlet), mostTitle)
	if p.container || len(list) < headingWords || p.title < headingWeight {
		return 0
	}
	h := fnv.New64a()
	for _, w := range list {
		_, _ = h.Write([]byte(w.folded + " ")) // which never fails
	}
	return h.Sum64()
}
