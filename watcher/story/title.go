package story

import (
	"hash/fnv"
	"regexp"
	"strings"
)

// containers are texts that tell many events, or none.
var containers = regexp.MustCompile(`(?i)\b(live ?blog|live updates?|as it happened|week in (review|pictures)|in pictures|photos of the (day|week)|morning (brief(ing)?|bid)|evening brief(ing)?|daily brief(ing)?|round-?up|newsletter|podcast|stocks? to watch|things to know|what to know today|news quiz|crossword|horoscope|today in history|top stories|the big story|best deals|deals of the|best .* deals|most read|weekly (digest|recap|review)|links for|what we.re reading)\b`)

// asides are headlines over what is written about an event rather than the news of
// it; tentative ones tell of what is weighed or talked of and has not happened.
var (
	asides    = regexp.MustCompile(`(?i)(^(how|why|what|who|when|where|which|is|are|can|could|should|will|would|does|did|do|here.?s|here are|these|this|the best|best|everything|inside|meet|opinion|analysis|review|explain(ed|er)|fact.?check|the real|my|i|full (interview|transcript|text))\b|\?$|\?["”’]$|: (what|why|how|who)\b|\b(explained|explainer|opinion|review|hands.?on|compared|vs\.?|need to know|you should|what we know|takeaways|lessons|analysts? says?|says analysts?|preview|pre.?order(ing)?|how to|reacts?|reactions?)\b)`)
	tentative = regexp.MustCompile(`(?i)\b(talks?|may|might|could|weigh(s|ing)?|consider(s|ing|ed)?|mull(s|ing)?|explor(es?|ing)|eye(s|ing)?|near(s|ing)?|close to|closing in|in talks|negotiat(es?|ing|ions?)|expected to|set to|poised|likely|unlikely|offer(s|ed)?|bids?|hopes?|rumou?r(s|ed)?)\b`)
)

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
	list := words(cutOutlet(clip(t.Title, titleBytes), t.Outlet), mostTitle)
	if p.container || len(list) < headingWords || p.title < headingWeight {
		return 0
	}
	h := fnv.New64a()
	for _, w := range list {
		_, _ = h.Write([]byte(w.folded + " ")) // which never fails
	}
	return h.Sum64()
}
