package story

import (
	"math"
	"strconv"
	"strings"
)

// number reads an amount from the words' beginning: "$38bn", "10 billion",
// "7.8", "2023". It gives its key, how many words it took, none where there is no
// amount, and what kind it is.
func number(list []word) (key uint32, used int, flags termFlags) {
	w := list[0].folded
	digits := 0
	for digits < len(w) && (w[digits] >= '0' && w[digits] <= '9' || w[digits] == '.' || w[digits] == ',') {
		digits++
	}
	if digits == 0 || w[0] == '.' || w[0] == ',' {
		return 0, 0, 0
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(w[:digits], ",", ""), 64)
	if err != nil {
		return 0, 0, 0
	}
	unit := w[digits:]
	used = 1
	if unit == "" && len(list) > 1 {
		if _, ok := magnitudes[list[1].folded]; ok {
			unit, used = list[1].folded, 2
		}
	}
	factor, ok := magnitudes[unit]
	if !ok {
		return 0, 0, 0 // 3D, 365th: a word like any other
	}
	money := strings.HasSuffix(list[0].before, "$") || strings.HasSuffix(list[0].before, "£") || strings.HasSuffix(list[0].before, "€")
	value *= factor
	if money {
		flags = isMoney
	}
	if factor == 1 && !money && value < 32 && value == math.Trunc(value) {
		flags |= isSmall
	}
	return hash("#" + strconv.FormatFloat(value, 'g', 6, 64)), used, flags
}

var magnitudes = map[string]float64{
	"": 1, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6,
	"mln": 1e6, "mld": 1e9, "mrd": 1e9,
	"b": 1e9, "bn": 1e9, "billion": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12,
}

// numberRarity is how much an amount tells: nobody counts each.
func numberRarity(f termFlags) float64 {
	switch {
	case f&isMoney != 0:
		return 8
	case f&isSmall != 0:
		return 4
	}
	return 7
}

// version is a name with a number behind it: iPhone 15, GPT-4, Q3.
type version struct {
	name   uint32
	number uint32
}

// mostVersions bounds how many a headline is read for.
const mostVersions = 4

// versionsOf finds the versions that a headline names, and its quarters.
func versionsOf(list []word) (found []version) {
	for i, w := range list {
		v := version{}
		if q, ok := quarters[w.folded]; ok {
			v = version{hash("quarter"), q}
		}
		if i+1 < len(list) {
			next := list[i+1]
			joined := next.before == " " || next.before == "-"
			switch n, err := strconv.ParseFloat(next.folded, 64); {
			case joined && err == nil && n < 1000 && startsUpper(w.surface) && !stopWords[w.folded]:
				v = version{hash(w.folded), hash(next.folded)}
			case joined && ordinals[w.folded] != 0 && next.folded == "quarter":
				v = version{hash("quarter"), ordinals[w.folded]}
			}
		}
		if v.number != 0 && len(found) < mostVersions {
			found = append(found, v)
		}
	}
	return found
}

var (
	quarters = map[string]uint32{"q1": 1, "q2": 2, "q3": 3, "q4": 4}
	ordinals = map[string]uint32{"first": 1, "second": 2, "third": 3, "fourth": 4}
)

// otherVersions tells whether two headlines give one name different numbers.
func otherVersions(a, b []version) bool {
	differ := false
	for _, v := range a {
		for _, w := range b {
			if v == w {
				return false
			}
			differ = differ || v.name == w.name
		}
	}
	return differ
}
