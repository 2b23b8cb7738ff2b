package strictyaml

import (
	"errors"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"time"
)

const durationHint = "write a number and a unit: 30s, 15m, 12h, 90d"

var (
	errDuration    = errors.New("a length of time")
	daysAndTheRest = regexp.MustCompile(`^(?:(\d+)w)?(?:(\d+)d)?(.*)$`)
)

// ParseDuration reads a length of time as time.ParseDuration does, and also
// weeks and days (of 24 hours) in front: "90d", "1w", "1d12h". It must not be
// negative. The error completes the sentence "this is not ...".
func ParseDuration(text string) (time.Duration, error) {
	m := daysAndTheRest.FindStringSubmatch(text)
	if m == nil || text == "" {
		return 0, errDuration
	}
	var total time.Duration
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour} {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || n > int64((math.MaxInt64-total)/unit) {
			return 0, errDuration
		}
		total += time.Duration(n) * unit
	}
	if m[3] == "" {
		return total, nil
	}
	rest, err := time.ParseDuration(m[3])
	if err != nil || rest < 0 || rest > math.MaxInt64-total {
		return 0, errDuration
	}
	return total + rest, nil
}

// parseNumber is parseScalar for numbers: decimal, unquoted, within the range
// of the field.
func parseNumber(v *value, to reflect.Value) (set func(), hint string, err error) {
	if v.style != plain {
		return nil, "write it without quotes", errors.New("a number")
	}
	bits := to.Type().Bits()
	what := "a whole number"
	switch {
	case to.CanInt():
		n, e := strconv.ParseInt(v.text, 10, bits)
		set, err = func() { to.SetInt(n) }, e
	case to.CanUint():
		n, e := strconv.ParseUint(v.text, 10, bits)
		set, err = func() { to.SetUint(n) }, e
		what = "a whole number of at least 0"
	default:
		n, e := strconv.ParseFloat(v.text, bits)
		if e == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
			e = strconv.ErrRange
		}
		set, err = func() { to.SetFloat(n) }, e
		what = "a number"
	}
	if errors.Is(err, strconv.ErrRange) {
		what += " in the range allowed here"
	}
	if err != nil {
		return nil, "", errors.New(what)
	}
	return set, "", nil
}
