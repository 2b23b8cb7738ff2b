package feed

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What people and programs write as dates, in no layout that anybody laid down: a
// day, perhaps a time, perhaps a zone, with words in their own language between.
var (
	dayFirst   = regexp.MustCompile(`(?:^|[^\d])(\d{1,2})[.\s-]{1,2}(\p{L}{3,12})\.?[\s-](\d{4}|\d{2})(?:$|[^\d])`)
	monthFirst = regexp.MustCompile(`(\p{L}{3,12})\.?\s(\d{1,2}),?\s(?:\d{1,2}:\d{2}(?::\d{2})?\s)?(\d{4})(?:$|[^\d])`)
	yearFirst  = regexp.MustCompile(`^\D{0,12}(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:$|\D)`)
	yearNamed  = regexp.MustCompile(`^(\d{4})-(\p{L}{3,12})-(\d{1,2})(?:$|\D)`)
	dotted     = regexp.MustCompile(`(?:^|\D)(\d{1,2})\.(\d{1,2})\.(\d{4})(?:$|\D)`)
	clockTime  = regexp.MustCompile(`(?:^|\D)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?\s*([ap]\.?m\b)?`)
	offset     = regexp.MustCompile(`:\d{1,2}(?:[.,]\d+)?\s*(?:gmt|utc)?\s*([+-])(\d{1,2}):?(\d{2})?(?:$|\D)`)
)

// months are how the names of months begin, in the languages of most feeds. The
// longer ones go before those that they begin with.
var months = []struct {
	month time.Month
	names []string
}{
	{time.January, []string{"jan", "ene", "gen", "ιαν", "янв"}},
	{time.February, []string{"feb", "fev", "fév", "φεβ", "фев"}},
	{time.May, []string{"may", "mai", "maj", "mag", "mei", "máj", "μάι", "μαϊ", "μαι", "мая", "май"}},
	{time.March, []string{"mar", "mär", "mrz", "maa", "már", "μάρ", "μαρ", "μάώ", "μαώ", "мар"}},
	{time.April, []string{"apr", "abr", "avr", "ápr", "απρ", "апр"}},
	{time.July, []string{"jul", "júl", "juil", "lug", "ιούλ", "ιολ", "июл"}},
	{time.June, []string{"jun", "jún", "juin", "giu", "ιούν", "ιον", "июн"}},
	{time.August, []string{"aug", "ago", "aoû", "aou", "αύγ", "αυγ", "авг"}},
	{time.September, []string{"sep", "set", "szep", "σεπ", "сен"}},
	{time.October, []string{"oct", "okt", "ott", "out", "οκτ", "окт"}},
	{time.November, []string{"nov", "νοέ", "νοε", "ноя"}},
	{time.December, []string{"dec", "dez", "dic", "déc", "δεκ", "дек"}},
}

// monthNamed finds a month by its name; 0 for what is none.
func monthNamed(s string) time.Month {
	for _, m := range months {
		for _, name := range m.names {
			if strings.HasPrefix(s, name) {
				return m.month
			}
		}
	}
	return 0
}

// wordedDate reads what no layout fits. A date that can be read in two ways, such
// as 2/1/2004, is none.
func wordedDate(raw string) (time.Time, bool) {
	s := strings.ToLower(raw)
	year, month, day := 0, time.Month(0), 0
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		year, month, day = number(m[1]), time.Month(number(m[2])), number(m[3])
	} else if m := yearNamed.FindStringSubmatch(s); m != nil {
		year, month, day = number(m[1]), monthNamed(m[2]), number(m[3])
	} else if m := dayFirst.FindStringSubmatch(s); m != nil {
		year, month, day = number(m[3]), monthNamed(m[2]), number(m[1])
	} else if m := monthFirst.FindStringSubmatch(s); m != nil {
		year, month, day = number(m[3]), monthNamed(m[1]), number(m[2])
	} else if m := dotted.FindStringSubmatch(s); m != nil {
		year, month, day = number(m[3]), time.Month(number(m[2])), number(m[1])
	}
	if year < 100 {
		year += 2000
		if year >= 2070 {
			year -= 100
		}
	}
	if month < time.January || month > time.December || day < 1 {
		return time.Time{}, false
	}
	at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if at.Day() != day {
		return time.Time{}, false // There is no such day.
	}
	clock, ok := timeOfDay(s)
	if !ok {
		return time.Time{}, false
	}
	return at.Add(clock - offsetOf(s)), true
}

// timeOfDay finds a time in a date; none is midnight.
func timeOfDay(s string) (time.Duration, bool) {
	m := clockTime.FindStringSubmatch(s)
	if m == nil {
		return 0, true
	}
	hour, minute, second := number(m[1]), number(m[2]), number(m[3])
	if half := m[4]; half != "" && hour <= 12 {
		hour %= 12
		if half[0] == 'p' {
			hour += 12
		}
	}
	if hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second, true
}

// offsetOf finds a zone in a date, in figures or by name; none is UTC.
func offsetOf(s string) time.Duration {
	if m := offset.FindStringSubmatch(s); m != nil {
		d := time.Duration(number(m[2]))*time.Hour + time.Duration(number(m[3]))*time.Minute
		if m[1] == "-" {
			return -d
		}
		return d
	}
	for word := range strings.FieldsFuncSeq(strings.ToUpper(s), func(r rune) bool { return r < 'A' || r > 'Z' }) {
		for _, known := range []map[string]time.Duration{zones, american, european} {
			if d, ok := known[word]; ok {
				return d
			}
		}
	}
	return 0
}

// european are the zones of Europe that gofeed knows, as american are.
var european = map[string]time.Duration{
	"WEST": time.Hour, "BST": time.Hour, "CET": time.Hour, "CEST": 2 * time.Hour, "EET": 2 * time.Hour, "EEST": 3 * time.Hour,
}

// number is a run of digits; 0 for none.
func number(digits string) int {
	n, _ := strconv.Atoi(digits) // The expressions match no more than four.
	return n
}
