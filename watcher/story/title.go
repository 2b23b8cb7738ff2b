package story

import (
	"hash/fnv"
	"strings"
)

// cutOutlet takes the name of the outlet off a headline's end.
func cutOutlet(title, outlet string) string {
	title = strings.TrimSpace(title)
	at := -1
	for _, sep := range []string{" - ", " – ", " — ", " | ", " · ", " » "} {
		if i := strings.LastIndex(title, sep); i > at {
			at = i
		}
	}
	if at <= 0 {
		return title
	}
	tail := strings.TrimLeft(title[at:], " -–—|·»")
	if len(tail) <= longestOutlet && isOutlet(tail, outlet) {
		return strings.TrimSpace(title[:at])
	}
	return title
}

const longestOutlet = 40 // bytes of a name

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
func heading(list []word, p *profile) uint64 {
	if p.kind&container != 0 || len(list) < headingWords || p.title < headingWeight {
		return 0
	}
	h := fnv.New64a()
	for _, w := range list {
		_, _ = h.Write([]byte(w.folded + " ")) // which never fails
	}
	return h.Sum64()
}
