package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/watcher/feed"
)

// invoke runs a command line and gives its standard output.
func invoke(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	p := &program{env: osEnvironment(), stdin: bytes.NewReader(nil), stdout: &out, stderr: &said}
	if code := p.main(t.Context(), args); code != 0 {
		t.Fatalf("%q: exit code %d: %s", args, code, &said)
	}
	return out.String()
}

// polled is what a feed of a configuration is polled by.
type polled struct {
	URL, Name, Language string
	Tier                int
	Tags                []string
}

func feedsOf(t *testing.T, path string) (list []polled) {
	t.Helper()
	cfg, err := loadConfig(path, osEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range cfg.Settings.Feeds {
		list = append(list, polled{f.URL, f.Name, f.Language, f.Tier, f.Tags})
	}
	return list
}

func TestFeedsSurviveExportAndImport(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	from, list, to := filepath.Join(dir, "from.yaml"), filepath.Join(dir, "feeds.opml"), filepath.Join(dir, "to.yaml")
	config := "packs: []\nfeeds:\n" +
		"  - {url: 'https://a.example/?b=1&c=\"2\"', name: 'A & B: <the> \"news\"', tier: 1, tags: [ai, 'Paris, France', a/b], language: pt-BR}\n" +
		"  - {url: https://b.example/feed.xml}\n" +
		"  - {url: https://c.example/feed.xml, name: off, disabled: true, tier: 3}\n"
	if err := os.WriteFile(from, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte("packs: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	invoke(t, "feeds", "export", "--config", from, "-o", list)
	invoke(t, "feeds", "import", "--config", to, list)
	if diff := cmp.Diff(feedsOf(t, from), feedsOf(t, to)); diff != "" {
		t.Error(diff)
	}
	exported := invoke(t, "feeds", "export", "--config", to)
	want, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), exported); diff != "" {
		t.Errorf("the second export differs: %s", diff)
	}
}

func TestImportOfTwentyThousandFeeds(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	outlines := make([]feed.Outline, 20_000)
	for i := range outlines {
		outlines[i] = feed.Outline{Title: "The same name", URL: fmt.Sprintf("https://host%d.example/feed.xml", i), Tags: []string{"press"}}
	}
	var doc bytes.Buffer
	if err := feed.WriteOPML(&doc, "many", outlines); err != nil {
		t.Fatal(err)
	}
	list, config := filepath.Join(dir, "feeds.opml"), filepath.Join(dir, "feedwatch.yaml")
	if err := os.WriteFile(list, doc.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("packs: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	invoke(t, "feeds", "import", "--config", config, list)
	if got := feedsOf(t, config); len(got) != len(outlines) || got[19_999].Name != "The same name-20000" {
		t.Errorf("%d feeds, the last %+v", len(got), got[len(got)-1])
	}
}
