package story

import "strings"

// kind is what a headline is, rather than what it tells.
type kind uint8

const (
	container kind = 1 << iota // it tells many events, or none
	aside                      // it asks, explains, advises or judges
	tentative                  // it tells of what is weighed or talked of and has not happened
)

// kindOf finds a headline's kinds.
func kindOf(title string, list []word) (k kind) {
	if strings.HasSuffix(strings.TrimRight(title, " \"'”’"), "?") {
		k |= aside
	}
	best := -1
	for i, w := range list {
		switch {
		case containerPhrases.at(list[i:]), best >= 0 && i-best < 7 && w.folded == "deals",
			containerNames[w.folded] && (i+1 == len(list) || strings.ContainsAny(list[i+1].before, ":|–—")):
			k |= container
		case asidePhrases.at(list[i:]), (i == 0 || strings.Contains(w.before, ":")) && asideStarts.at(list[i:]):
			k |= aside
		}
		if tentativePhrases.at(list[i:]) {
			k |= tentative
		}
		if w.folded == "best" {
			best = i
		}
	}
	return k
}

// phrases are sought word by word: by the first word of each, what may follow it.
type phrases map[string][][]string

// phrasesOf reads a phrase a line, or a word where there are none on it but words
// set apart by commas.
func phrasesOf(text string) phrases {
	p := phrases{}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\n", ","), ",") {
		if f := strings.Fields(line); len(f) > 0 {
			p[f[0]] = append(p[f[0]], f[1:])
		}
	}
	return p
}

// at tells whether the words begin with one of the phrases.
func (p phrases) at(list []word) bool {
	for _, rest := range p[list[0].folded] {
		if len(rest) < len(list) && begins(list[1:], rest) {
			return true
		}
	}
	return false
}

func begins(list []word, with []string) bool {
	for i, s := range with {
		if list[i].folded != s {
			return false
		}
	}
	return true
}

var (
	containerPhrases = phrasesOf(`live blog, liveblog, live updates, live update, as it happened, week in review, week in pictures, in pictures,
photos of the day, photos of the week, morning brief, morning briefing, morning bid, evening brief, evening briefing, daily brief,
daily briefing, roundup, round up, stocks to watch, stock to watch, things to know, what to know today, news quiz, today in history,
top stories, the big story, deals of the, most read, weekly digest, weekly recap, weekly review, links for, what we're reading`)

	// containerNames are containers at the end of a headline or of its first part.
	containerNames = set(`podcast newsletter crossword horoscope briefing recap digest`)

	asideStarts = phrasesOf(`how, why, what, who, when, where, which, is, are, can, could, should, will, would, does, did, do, here, these, this,
best, the best, everything, inside, meet, opinion, analysis, explain, explained, explainer, fact check, the real, my, i, i've, i'm,
full interview, full transcript, full text`)

	asidePhrases = phrasesOf(`explained, explainer, opinion, review, hands on, compared, vs, need to know, you should, what we know, takeaways,
lessons, analyst says, analysts say, say analysts, says analyst, preview, preorder, pre order, pre ordering, how to, react, reacts, reaction, reactions`)

	tentativePhrases = phrasesOf(`talk, talks, may, might, could, weigh, weighs, weighing, consider, considers, considering, considered, mull,
mulls, mulling, explore, explores, exploring, eye, eyes, eyeing, near, nears, nearing, close to, closing in, negotiate, negotiates,
negotiating, negotiation, negotiations, expected to, set to, poised, likely, unlikely, offer, offers, offered, bid, bids, hope, hopes,
rumor, rumors, rumour, rumours, rumored, rumoured`)
)
