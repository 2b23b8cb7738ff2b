package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/watcher"
)

// edited is a file with packs, so that it passes the check, and the text.
func edited(t *testing.T, text string) *configFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "feedwatch.yaml")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	f, err := editConfig(path, environment{
		Getenv:   func(string) string { return "/nowhere" },
		ReadFile: os.ReadFile,
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFeedIsAddedWithoutTouchingWhatIsThere(t *testing.T) {
	const a, b = "{url: https://a.example/}", "{url: https://b.example/}"
	for name, c := range map[string]struct{ before, after string }{
		"no file yet":               {"", "feeds:\n  - NEW\n"},
		"no feeds":                  {"packs: [seeds] # mine\n", "packs: [seeds] # mine\nfeeds:\n  - NEW\n"},
		"no end of line":            {"packs: [seeds]", "packs: [seeds]\nfeeds:\n  - NEW\n"},
		"only comments":             {"# mine\n", "# mine\nfeeds:\n  - NEW\n"},
		"an end of the document":    {"packs: [seeds]\n...\n", "packs: [seeds]\nfeeds:\n  - NEW\n...\n"},
		"a key without feeds":       {"feeds: # none\npacks: [seeds]\n", "feeds: # none\n  - NEW\npacks: [seeds]\n"},
		"an empty list":             {"feeds: [ ] # none\npacks: [seeds]\n", "feeds: # none\n  - NEW\npacks: [seeds]\n"},
		"a list":                    {"feeds:\n- " + a + " # a\n\n# z\npacks: [seeds]\n", "feeds:\n- " + a + " # a\n- NEW\n\n# z\npacks: [seeds]\n"},
		"a deeper list, at the end": {"packs: [seeds]\nfeeds:\n    - " + a, "packs: [seeds]\nfeeds:\n    - " + a + "\n    - NEW\n"},
		"comments between":          {"feeds:\n  # first\n  - " + a + "\n  # - " + b + "\npacks: [seeds]\n", "feeds:\n  # first\n  - " + a + "\n  - NEW\n  # - " + b + "\npacks: [seeds]\n"},
		"a key a line":              {"feeds:\n  - url: https://a.example/\n    tags: [\n      x,\n      y]\n", "feeds:\n  - url: https://a.example/\n    tags: [\n      x,\n      y]\n  - url: https://new.example/\n    name: 'é: #1'\n    tier: 1\n    tags: [ai, 'on']\n"},
		"brackets":                  {"feeds: [" + a + ", " + b + ",] # é\npacks: [seeds]\n", "feeds: [" + a + ", " + b + ", NEW,] # é\npacks: [seeds]\n"},
		"brackets over lines":       {"feeds: [\n  " + a + " # a]\n]\n", "feeds: [\n  " + a + ", NEW # a]\n]\n"},
		"CR LF":                     {"packs: [seeds]\r\nfeeds:\r\n  - " + a + "\r\n", "packs: [seeds]\r\nfeeds:\r\n  - " + a + "\r\n  - NEW\r\n"},
		"letters of several bytes":  {"feeds: [{url: https://a.example/, name: 'Zürich}'}]\n", "feeds: [{url: https://a.example/, name: 'Zürich}'}, NEW]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := edited(t, c.before)
			cfg, err := f.addFeeds(newFeed{URL: "https://new.example/", Name: "é: #1", Tier: 1, Tags: []string{"ai", "on"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.write(); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f.path)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(c.after, "NEW", "{url: https://new.example/, name: 'é: #1', tier: 1, tags: [ai, 'on']}")
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Error(diff)
			}
			if !slices.ContainsFunc(cfg.Settings.Feeds, func(f watcher.Feed) bool { return f.Name == "é: #1" && f.Tier == 1 }) {
				t.Error("the configuration does not have it")
			}
			if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v, %v; want it kept", info.Mode(), err)
			}
		})
	}
}

func TestFeedIsRemovedWithoutTouchingTheOthers(t *testing.T) {
	a, b, c := "{url: https://a.example/}", "{url: https://b.example/}", "{url: https://c.example/}"
	for name, x := range map[string]struct {
		before string
		i      int
		after  string
	}{
		"the first":          {"feeds:\n  # all\n  - " + a + " # a\n  - " + b + "\n", 0, "feeds:\n  # all\n  - " + b + "\n"},
		"the last":           {"feeds:\n  - " + a + "\n  - " + b + "\n# end\npacks: [seeds]\n", 1, "feeds:\n  - " + a + "\n# end\npacks: [seeds]\n"},
		"the only one":       {"feeds: # mine\n  - " + a + "\npacks: [seeds]\n", 0, "feeds: [] # mine\npacks: [seeds]\n"},
		"a key a line":       {"feeds:\n  - url: https://a.example/\n\n    tags:\n      - x\n  # b\n  - " + b + "\n", 0, "feeds:\n  # b\n  - " + b + "\n"},
		"in brackets, first": {"feeds: [" + a + ", " + b + "]\n", 0, "feeds: [" + b + "]\n"},
		"in brackets, last":  {"feeds: [" + a + ", " + b + "]\n", 1, "feeds: [" + a + "]\n"},
		"in brackets, mid":   {"feeds: [\n  " + a + ",\n  " + b + ",\n  " + c + "\n]\n", 1, "feeds: [\n  " + a + ",\n  " + c + "\n]\n"},
		"in brackets, only":  {"feeds: [" + a + "]\n", 0, "feeds: []\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := edited(t, x.before)
			if _, err := f.removeFeed(x.i); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.after, f.text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEditThatCanNotBeMadeSafelyIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"all in braces":       "{feeds: [{url: https://a.example/}]}\n",
		"braces around it":    "{packs: [seeds]}",
		"brackets over lines": "feeds: [\n]\n",
		"no mapping":          "- a\n",
		"broken":              "feeds: [\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := edited(t, text)
			if _, err := f.addFeeds(newFeed{URL: "https://new.example/"}); err == nil || f.text != text {
				t.Errorf("got %q, %v", f.text, err)
			}
		})
	}
}

func TestNewFeedsPassTheCheckOrAreNotWritten(t *testing.T) {
	f := edited(t, "feeds:\n  - {url: https://a.example/, name: a}\n")
	for _, bad := range []newFeed{
		{URL: "https://a.example/"}, {URL: "ftp://b.example/"}, {URL: "https://b.example/", Name: "a"},
		{URL: "https://b.example/", Tier: 9}, {URL: "https://b.example/", Schedule: "now and then"},
	} {
		if _, err := f.addFeeds(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestEditDoesNotUndoWhatSomeoneElseWrote(t *testing.T) {
	f := edited(t, "packs: [seeds]\n")
	if _, err := f.addFeeds(newFeed{URL: "https://new.example/"}); err != nil {
		t.Fatal(err)
	}
	const theirs = "packs: [seeds] # theirs\n"
	if err := os.WriteFile(f.path, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.write(); err == nil {
		t.Error("it was written")
	}
	if got, err := os.ReadFile(f.path); err != nil || string(got) != theirs {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

func TestLinkToTheConfigurationStays(t *testing.T) {
	f := edited(t, "packs: [rules.yaml]\n")
	link := filepath.Join(t.TempDir(), "link.yaml")
	if err := os.WriteFile(filepath.Join(filepath.Dir(link), "rules.yaml"), []byte("rules: [{name: a, query: b}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(f.path, link); err != nil {
		t.Fatal(err)
	}
	through, err := editConfig(link, f.env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := through.addFeeds(newFeed{URL: "https://new.example/"}); err != nil {
		t.Fatal(err)
	}
	if err := through.write(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if got, err := os.ReadFile(f.path); err != nil || !strings.Contains(string(got), "new.example") {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

func FuzzTextIsReadBackFromYAML(f *testing.F) {
	for _, s := range []string{"plain", "on", "a: b", "a #b", "it's", "line\nend", "\u2028\ufeff", "1e3", "~", "0x1", "2026-01-02", "a,b]}", `\"`, " x "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ToValidUTF8(s, "") != s || s == "" {
			t.Skip()
		}
		for _, text := range []string{
			fmt.Sprintf("packs: [%s, seeds]\n", yamlText(s)),
			fmt.Sprintf("packs:\n  - %s\n  - seeds\n", yamlText(s)),
		} {
			l, err := newLoader("x", environment{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }})
			if err != nil {
				t.Fatalf("%q can't be read: %v", text, err)
			}
			if len(l.doc.Packs) != 2 || l.doc.Packs[0] != s {
				t.Errorf("%q became %q", text, l.doc.Packs)
			}
		}
	})
}
