package main

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

func TestNoticesGoToAllReceiversUnlessSomeAreNamed(t *testing.T) {
	const receivers = "receivers:\n  - {name: out, stdout: {}}\n  - {name: lines, file: {path: alerts.jsonl}}\n"
	for _, tt := range []struct {
		notices string
		want    []string // nil: all
		err     string
	}{
		{"", nil, ""},
		{"notices: {receivers: [lines]}\n", []string{"lines"}, ""},
		{"notices: {receivers: []}\n", []string{}, ""},
		{"notices: {receivers: [line]}\n", nil, `there is no receiver "line"`},
	} {
		src := txtar.Parse([]byte("-- feedwatch.yaml --\n" + receivers + tt.notices))
		c, err := loadConfig("feedwatch.yaml", archiveEnvironment(src))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want one with %q", tt.notices, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Settings.Notices; (got == nil) != (tt.want == nil) || strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%q: notices go to %q, want %q", tt.notices, got, tt.want)
		}
	}
}
