package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

func TestBriefFallsDueByTheClockOfItsZone(t *testing.T) {
	const head = "receivers:\n  - name: out\n    stdout: {}\n    brief: "
	for _, tt := range []struct{ brief, want, err string }{
		{`{schedule: "0 8 * * MON-FRI", zone: Europe/Berlin}`, "2026-11-27T07:00:00Z", ""},
		{`{schedule: "0 8 * * *"}`, "2026-11-27T08:00:00Z", ""},
		{`{schedule: "TZ=America/New_York 0 8 * * *"}`, "2026-11-27T13:00:00Z", ""},
		{`{schedule: "0 8 * * *", zone: Europe/Atlantis}`, "", `2:`},
		{`{schedule: "TZ=UTC 0 8 * * *", zone: Europe/Berlin}`, "", "names a time zone, too"},
		{`{schedule: "* * * * *"}`, "", "feedwatch.yaml:4:"},
		{`{schedule: "8 o'clock"}`, "", "not understood"},
		{`{zone: Europe/Berlin}`, "", "schedule"},
		{`{schedule: "0 8 * * *", zones: UTC}`, "", "zones"},
	} {
		src := txtar.Parse([]byte("-- feedwatch.yaml --\n" + head + tt.brief + "\n"))
		c, err := loadConfig("feedwatch.yaml", archiveEnvironment(src))
		if tt.want == "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want one with %q", tt.brief, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.brief, err)
			continue
		}
		b := c.Settings.Briefs
		if len(b) != 1 || b[0].Receiver != "out" {
			t.Fatalf("%s: briefs %+v", tt.brief, b)
		}
		from := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC) // a Thursday
		if got := b[0].Schedule.Next(from).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: next at %s, want %s", tt.brief, got, tt.want)
		}
	}
}
