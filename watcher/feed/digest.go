package feed

import (
	"hash/fnv"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// digest stands for what a reader sees of an entry. It must change with a
// correction of one word or figure, and stay the same for what feeds change by
// themselves: mark-up, white space, letter case, punctuation and quotation
// marks, addresses that are written out, and lines that only count (comments,
// points, shares, views) or say how long ago something was.
func digest(title, text string) uint64 {
	h := fnv.New64a()
	for line := range strings.SplitSeq(title+"\n"+text, "\n") {
		if counts(line) {
			continue
		}
		for field := range strings.FieldsSeq(line) {
			if strings.HasPrefix(field, "http://") || strings.HasPrefix(field, "https://") {
				continue
			}
			for word := range strings.FieldsFuncSeq(fold(field), isNoWord) {
				if word = strings.TrimRight(strings.TrimLeft(word, ".,"), ".,-"); word != "" {
					_, _ = io.WriteString(h, word)
					_, _ = io.WriteString(h, " ")
				}
			}
		}
	}
	return h.Sum64()
}

// isNoWord parts words. Signs that change what a figure or a name means stay:
// "-5", "3.5", "C++", "C#", "$5" and "5%".
func isNoWord(r rune) bool {
	switch r {
	case '-', '+', '#', '$', '€', '£', '¥', '%', '.', ',':
		return false
	}
	return !unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// fold takes away case and form.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return strings.ToLower(norm.NFKC.String(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// maxCounting is the longest line, in bytes, that only counts.
const maxCounting = 40

// counts says whether a line only counts, or says how long ago something was: it
// is short, has a figure, and all its words are of that kind.
func counts(line string) bool {
	if len(line) > maxCounting || !strings.ContainsAny(line, "0123456789") {
		return false
	}
	named := false
	for word := range strings.FieldsFuncSeq(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch word {
		case "comment", "comments", "reply", "replies", "point", "points", "share", "shares", "view", "views", "vote",
			"votes", "like", "likes", "read", "reads", "upvote", "upvotes", "min", "minute", "minutes", "hour", "hours",
			"day", "days", "ago":
			named = true
		case "k", "m", "and", "by", "of", "a", "h", "d":
		default:
			return false
		}
	}
	return named
}
