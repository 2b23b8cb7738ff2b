package feed

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
)

const (
	// aheadOfTime is how far in the future a date may lie: clocks differ.
	aheadOfTime = 15 * time.Minute
	// sameDates is how many entries with one and the same date show that it is
	// the date of something else, such as of the export.
	sameDates = 5
)

// beforeNews is older than any feed: dates before it are defaults and zeros.
var beforeNews = time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC)

// zones are abbreviations in feeds that gofeed does not know, which it reads as
// UTC. Ambiguous ones (IST) are left out.
var zones = map[string]time.Duration{
	"AKST": -9 * time.Hour, "AKDT": -8 * time.Hour, "HST": -10 * time.Hour,
	"AST": -4 * time.Hour, "ADT": -3 * time.Hour, "NST": -3*time.Hour - 30*time.Minute,
	"BRT": -3 * time.Hour, "ART": -3 * time.Hour, "CLT": -4 * time.Hour,
	"MEZ": 1 * time.Hour, "MESZ": 2 * time.Hour, "MET": 1 * time.Hour, "MEST": 2 * time.Hour,
	"SAST": 2 * time.Hour, "MSK": 3 * time.Hour, "TRT": 3 * time.Hour, "GST": 4 * time.Hour,
	"PKT": 5 * time.Hour, "WIB": 7 * time.Hour, "ICT": 7 * time.Hour,
	"SGT": 8 * time.Hour, "HKT": 8 * time.Hour, "PHT": 8 * time.Hour, "AWST": 8 * time.Hour,
	"JST": 9 * time.Hour, "KST": 9 * time.Hour, "ACST": 9*time.Hour + 30*time.Minute,
	"AEST": 10 * time.Hour, "AEDT": 11 * time.Hour, "NZST": 12 * time.Hour, "NZDT": 13 * time.Hour,
}

// mendZone corrects a date whose zone gofeed did not know. One that has an
// offset in figures needs no name.
func mendZone(at time.Time, raw string) time.Time {
	fields := strings.Fields(raw)
	if len(fields) < 2 {
		return at.UTC()
	}
	clock, zone := fields[len(fields)-2], strings.ToUpper(fields[len(fields)-1])
	if _, applied := at.Zone(); applied == 0 && !strings.ContainsAny(clock, "+-") {
		at = at.Add(-zones[zone])
	}
	return at.UTC()
}

// dateLayouts are forms that feeds use and gofeed does not know.
var dateLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006",
	"20060102T15:04:05", "20060102", "2006-002", "2006002", "2006-01-02T15", "2006-01-02T15:04:05Z07",
	"2006/01/02 15:04:05 MST", "Mon, 2006/01/02 15:04:05 MST", "2006-01-02 15:04:05 MST", "Jan 2, 2006 3:04 PM", "Jan 2, 2006 3:04:05 PM",
}

// readDate tries what gofeed could not read.
func readDate(raw string) (time.Time, bool) {
	raw = strings.Join(strings.Fields(raw), " ")
	if raw == "" || len(raw) > 100 {
		return time.Time{}, false
	}
	if at, err := mail.ParseDate(raw); err == nil {
		return mendZone(at, raw), true
	}
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, raw); err == nil {
			zone := raw[strings.LastIndexByte(raw, ' ')+1:]
			return mendZone(at, raw).Add(-american[zone]), true
		}
	}
	return wordedDate(raw)
}

// american are the zones that gofeed knows, for what it could not read.
var american = map[string]time.Duration{
	"EST": -5 * time.Hour, "EDT": -4 * time.Hour, "CST": -6 * time.Hour, "CDT": -5 * time.Hour,
	"MST": -7 * time.Hour, "MDT": -6 * time.Hour, "PST": -8 * time.Hour, "PDT": -7 * time.Hour,
}

// firstDate gives the first of the texts that is a date.
func firstDate(raws ...string) (time.Time, string) {
	for _, raw := range raws {
		if at, ok := readDate(raw); ok {
			return at, raw
		}
	}
	return time.Time{}, ""
}

// judgeDates leaves only dates that can be believed. Alerts are ordered by the
// time first seen in any case; a wrong date would only mislead a reader.
func (t *translation) judgeDates() {
	for i := range t.drafts {
		d := &t.drafts[i]
		if d.Published.Before(beforeNews) {
			d.Published = time.Time{}
		}
		if d.Updated.Before(beforeNews) {
			d.Updated = time.Time{}
		}
	}
	if at, ok := t.onlyDate(); ok {
		t.date = at.Unix()
		t.out.Warnings = append(t.out.Warnings, fmt.Sprintf("all entries have the date %s, which was not believed", at.Format(time.RFC3339)))
		for i := range t.drafts {
			t.drafts[i].Published = time.Time{}
		}
	}
	future := t.now.Add(aheadOfTime)
	for i := range t.drafts {
		d := &t.drafts[i]
		d.dated = d.Published
		if d.Published.After(future) {
			d.Published = time.Time{}
		}
		if d.Updated.After(future) {
			d.Updated = time.Time{}
		}
	}
}

// onlyDate gives the date that all of many entries share. Where most entries were
// not read, it is the one they were found to share before.
func (t *translation) onlyDate() (time.Time, bool) {
	if len(t.drafts) == 0 {
		return time.Time{}, false
	}
	at := t.drafts[0].Published
	for _, d := range t.drafts {
		if d.Published.IsZero() || !d.Published.Equal(at) {
			return time.Time{}, false
		}
	}
	if len(t.known) > 0 && t.last.date != 0 {
		return at, at.Unix() == t.last.date
	}
	return at, len(t.drafts) >= sameDates && len(t.known) == 0
}
