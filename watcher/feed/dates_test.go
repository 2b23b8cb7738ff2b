package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDatesThatCannotBeBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // It is midnight UTC, 1 January 2000, in here.
		for _, c := range []struct {
			date string
			want string // "" for not believed
		}{
			{"Fri, 31 Dec 1999 10:00:00 GMT", "1999-12-31 10:00:00"},
			{"Sat, 01 Jan 2000 00:10:00 GMT", "2000-01-01 00:10:00"},
			{"Sat, 01 Jan 2000 00:20:00 GMT", ""},
			{"Thu, 01 Jan 1970 00:00:00 GMT", ""},
			{"Mon, 31 Dec 1990 00:00:00 GMT", ""},
			{"not a date", ""},
			{"Fri, 31 Dec 1999 10:00:00 EST", "1999-12-31 15:00:00"},
			{"Fri, 31 Dec 1999 10:00:00 JST", "1999-12-31 01:00:00"},
			{"Fri, 31 Dec 1999 10:00:00 +0900 JST", "1999-12-31 01:00:00"},
			{"Fri, 31 Dec 1999 10:00:00 AEDT", "1999-12-30 23:00:00"},
			{"1999-12", "1999-12-01 00:00:00"},
			{"19991231", "1999-12-31 00:00:00"},
			{"1999365", "1999-12-31 00:00:00"},
			{"1999-12-31T10:00:00-08", "1999-12-31 18:00:00"},
			{"Fri, 1999/12/31 08:19:53 EDT", "1999-12-31 12:19:53"},
			{"Dec 31, 1999 7:48 PM", "1999-12-31 19:48:00"},
			{"Fri,31 Dec 1999 10:00:00 GMT", "1999-12-31 10:00:00"},
			{"fri, 31 dec 1999 10:00:00 gmt", "1999-12-31 10:00:00"},
			{"31-Dec-99 10:00:00 EST", "1999-12-31 15:00:00"},
			{"Fri Dec 31 1999 10:00:00 GMT+0100", "1999-12-31 09:00:00"},
			{"Fri Dec 31 10:00:00 CET 1999", "1999-12-31 09:00:00"},
			{"Friday, December 31, 1999 - 19:48", "1999-12-31 19:48:00"},
			{"1999/12/31 10:00", "1999-12-31 10:00:00"},
			{"31.12.1999 10:00", "1999-12-31 10:00:00"},
			{"Do, 30 Dez 1999 10:00:00 +0100", "1999-12-30 09:00:00"},
			{"mer, 01 déc. 1999 10:00:00 +0100", "1999-12-01 09:00:00"},
			{"Κυρ, 11 Ιούλ 1999 12:00:00 EST", "1999-07-11 17:00:00"},
			{"1999-július-13T9:15-05:00", "1999-07-13 14:15:00"},
			{"Wed, 01 Sept 1999 10:00:00 GMT", "1999-09-01 10:00:00"},
			{"31 Feb 1999 10:00:00 GMT", ""},
			{"31 Dec 1999 25:00:00 GMT", ""},
			{"31 Foo 1999", ""},
		} {
			f, err := Parse([]byte(rssWith("<pubDate>"+c.date+"</pubDate>")), "", "")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if at := f.Entries[0].Published; !at.IsZero() {
				got = stamp(at)
			}
			if got != c.want {
				t.Errorf("%q gives %q, want %q", c.date, got, c.want)
			}
		}
	})
}

func TestOneDateForAllIsNotBelieved(t *testing.T) {
	doc := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<item><guid>%d</guid><pubDate>Wed, 05 Mar 2025 10:00:00 GMT</pubDate></item>", i)
		}
		return "<rss><channel>" + b.String() + "</channel></rss>"
	}
	for n, believed := range map[int]bool{2: true, sameDates - 1: true, sameDates: false, 20: false} {
		f, err := Parse([]byte(doc(n)), "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := !f.Entries[0].Published.IsZero(); got != believed {
			t.Errorf("%d entries: believed is %t", n, got)
		}
		if believed == (len(f.Warnings) > 0) {
			t.Errorf("%d entries: warnings %q", n, f.Warnings)
		}
	}
}

func TestWhatAFeedAsksFor(t *testing.T) { // points 23 to 27
	channel := func(s string) string {
		return `<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>` + s + `<item/></channel></rss>`
	}
	hours := func(n int) string {
		var b strings.Builder
		for h := range n {
			fmt.Fprintf(&b, "<hour>%d</hour>", h)
		}
		return "<skipHours>" + b.String() + "</skipHours>"
	}
	for _, c := range []struct {
		name, doc string
		wait      time.Duration
		hours     int
		warned    bool
	}{
		{"23 ttl", "<ttl> 90 </ttl>", 90 * time.Minute, 0, false},
		{"23 ttl of text", "<ttl>often</ttl>", 0, 0, false},
		{"23 ttl below zero", "<ttl>-5</ttl>", 0, 0, false},
		{"23 ttl beyond the cap", "<ttl>1000000000</ttl>", 24 * time.Hour, 0, false},
		{"24 hours", "<skipHours><hour>24</hour><hour>0</hour><hour>23</hour><hour>25</hour></skipHours>", 0, 2, false},
		{"24 all hours", hours(24), 0, 0, true},
		{"25 days", "<skipDays><day> saturday </day><day>Sunday</day><day>Sunday</day><day>Caturday</day></skipDays>", 0, 0, false},
		{"25 all days", "<skipDays><day>Monday</day><day>Tuesday</day><day>Wednesday</day><day>Thursday</day><day>Friday</day><day>Saturday</day><day>Sunday</day></skipDays>", 0, 0, true},
		{"26 twice a day", "<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 12 * time.Hour, 0, false},
		{"26 weekly", "<sy:updatePeriod>weekly</sy:updatePeriod>", 24 * time.Hour, 0, false},
		{"26 an unknown period", "<sy:updatePeriod>often</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 0, 0, false},
		{"26 a frequency of zero", "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", time.Hour, 0, false},
		{"27 the longer of two", "<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", time.Hour, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse([]byte(channel(c.doc)), "", "")
			if err != nil {
				t.Fatal(err)
			}
			if c.name == "25 days" && !slices.Equal(f.SkipDays, []time.Weekday{time.Sunday, time.Saturday}) {
				t.Errorf("days %v", f.SkipDays)
			}
			if f.Wait != c.wait || len(f.SkipHours) != c.hours || len(f.Warnings) > 0 != c.warned {
				t.Errorf("wait %v, hours %v, days %v, warnings %q", f.Wait, f.SkipHours, f.SkipDays, f.Warnings)
			}
		})
	}
}
