package main

import (
	"errors"
	"flag"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

var updateGolden = flag.Bool("update", false, "rewrite the golden files")

// archiveEnvironment gives a loader the files of an archive, and as variables
// the lines "env NAME=VALUE" of its comment.
func archiveEnvironment(a *txtar.Archive) environment {
	vars := map[string]string{"STATE_DIRECTORY": "/var/lib/feedwatch"}
	for line := range strings.SplitSeq(string(a.Comment), "\n") {
		if assignment, ok := strings.CutPrefix(line, "env "); ok {
			name, value, _ := strings.Cut(assignment, "=")
			vars[name] = value
		}
	}
	return environment{
		Getenv: func(name string) string { return vars[name] },
		ReadFile: func(path string) ([]byte, error) {
			for _, f := range a.Files {
				if f.Name == path {
					return f.Data, nil
				}
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

// loadText loads a configuration given as text, with further files and
// variables as txtar writes them.
func loadText(text, more string) (*config, error) {
	a := txtar.Parse([]byte(more))
	a.Files = append(a.Files, txtar.File{Name: "feedwatch.yaml", Data: []byte(text)})
	return loadConfig("feedwatch.yaml", archiveEnvironment(a))
}

// TestEverythingWrongIsToldAtOnce compares what is said about the files of each
// archive in testdata/config with the archive's last file. Whatever holds the
// word hunter2 is a secret there, and must not be said.
func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/config/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "said" })
			got := said(archiveEnvironment(a))
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is said:\n%s", got)
			}
			a.Files = append(a.Files, txtar.File{Name: "said", Data: []byte(got)})
			if *updateGolden {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(txtar.Format(a))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// said is what `feedwatch check` has to say about feedwatch.yaml.
func said(env environment) string {
	var b strings.Builder
	c, err := loadConfig("feedwatch.yaml", env)
	for _, e := range strictyaml.Errors(err) {
		b.WriteString(e.Detail() + "\n")
	}
	if err != nil && b.Len() == 0 {
		b.WriteString(err.Error() + "\n")
	}
	if err == nil {
		for _, w := range c.Warnings {
			b.WriteString("warning: " + w.Detail() + "\n")
		}
		b.WriteString("ok\n")
	}
	return b.String()
}

const rulesYAML = `
-- rules.yaml --
rules:
  - {name: a, query: OpenAI AND Microsoft, receivers: [desk], tests: {match: [OpenAI and Microsoft], no_match: [OpenAI]}}
`

func TestWholeConfigurationIsUnderstood(t *testing.T) {
	c, err := loadText(`
state: state
status: {listen: "0.0.0.0:80", token: {env: TOKEN}}
poll: {schedule: "@every 30m", min_interval: 1s, adaptive: false, per_host: 2, host_gap: 500ms, concurrent: 8, max_bytes: 1MB, max_age: 2w}
network: {allow: [10.1.2.3/16, 127.0.0.1, "::1"], contact: https://example.com/bot}
packs: [rules.yaml]
feeds:
  - {url: https://www.example.com/news/feed.xml, tier: 1, tags: [ai], language: pt-BR, schedule: "0 6 * * *", min_interval: 1h}
  - {url: https://example.com/news/rss, headers: {Authorization: {credential: feed-key}, Accept: text/xml}}
  - {url: https://example.com/off, disabled: true}
  - {url: https://example.org, name: example.com-news}
receivers:
  - {name: desk, slack: {webhook_url: {credential: slack}}, timeout: 5s}
  - {name: hook, webhook: {url: {file: hook-url}, secret: [{env: OLD}, {env: NEW}]}}
  - {name: out, stdout: }
  - {name: lines, file: {path: alerts.jsonl, format: markdown}, followups: none}
  - {name: bot, slack: {bot_token: {env: BOT}, channel: C0123ABCD, api_url: https://slack-gov.com/api}, followups: thread}
routes:
  - {severity: high, tags: [ai], receivers: [desk, hook]}
  - {min_outlets: 3, min_tier: 1, receivers: [bot]}
retention: {items: 30d}
`, `
env TOKEN=t0ken-t0ken
env CREDENTIALS_DIRECTORY=/run/credentials/feedwatch.service
env BOT=xoxb-1-2-abc
env OLD=whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk
env NEW=whsec_bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXcgbmV3
-- /run/credentials/feedwatch.service/slack --
https://hooks.slack.com/services/T0/B0/abc
-- /run/credentials/feedwatch.service/feed-key --
Bearer abc
-- hook-url --
https://hooks.example.com/news
`+rulesYAML)
	if err != nil {
		t.Fatal(err)
	}
	floor := func(spec string) watcher.Schedule {
		s, err := watcher.ParseSchedule(spec, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	want := &config{
		State: "state", StatusListen: "0.0.0.0:80", StatusToken: "t0ken-t0ken",
		Network: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")},
		Contact: "https://example.com/bot", Packs: []string{"rules.yaml"},
		Settings: watcher.Settings{
			Feeds: []watcher.Feed{
				{URL: "https://www.example.com/news/feed.xml", Name: "example.com-news-2", Tier: 1, Tags: []string{"ai"}, Language: "pt-BR", Schedule: floor("0 6 * * *"), MinInterval: time.Hour},
				{URL: "https://example.com/news/rss", Name: "example.com-news-3", Tier: 2, Header: map[string]egress.Secret{"Authorization": "Bearer abc", "Accept": "text/xml"}},
				{URL: "https://example.org", Name: "example.com-news", Tier: 2},
			},
			Receivers: []deliver.Receiver{
				{Name: "desk", Kind: "slack", URL: "https://hooks.slack.com/services/T0/B0/abc", Timeout: 5 * time.Second},
				{Name: "hook", Kind: "webhook", URL: "https://hooks.example.com/news", Secrets: []egress.Secret{"whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk", "whsec_bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXcgbmV3"}},
				{Name: "out", Kind: "stdout"},
				{Name: "lines", Kind: "file", Path: "alerts.jsonl", Format: "markdown", Followups: "none"},
				{Name: "bot", Kind: "slack", Token: "xoxb-1-2-abc", Channel: "C0123ABCD", URL: "https://slack-gov.com/api", Followups: "thread"},
			},
			Routes: []watcher.Route{
				{Severity: "high", Tags: []string{"ai"}, Receivers: []string{"desk", "hook"}},
				{MinOutlets: 3, MinTier: 1, Receivers: []string{"bot"}},
			},
			Poll: watcher.Poll{
				Schedule: floor("@every 30m"), MinInterval: time.Second, PerHost: 2, HostGap: 500 * time.Millisecond, Concurrent: 8,
				MaxBytes: 1000000, MaxAge: 14 * 24 * time.Hour, Fixed: true,
			},
			Retention: watcher.Retention{Items: 30 * 24 * time.Hour},
		},
	}
	if n := len(c.Settings.Rules.Rules()); n != 1 {
		t.Errorf("%d rules, want 1", n)
	}
	c.Settings.Rules = nil
	sameSchedule := cmp.Comparer(func(a, b watcher.Schedule) bool { return a.String() == b.String() })
	sameRange := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if d := cmp.Diff(want, c, sameSchedule, sameRange, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestWithoutFileTheBuiltInsAreWatched(t *testing.T) {
	c, err := loadConfig("", archiveEnvironment(&txtar.Archive{}))
	if err != nil {
		t.Fatal(err)
	}
	if c.State != "/var/lib/feedwatch" || c.StatusListen != defaultStatusListen {
		t.Errorf("state %q, status %q", c.State, c.StatusListen)
	}
	if len(c.Settings.Feeds) == 0 || len(c.Settings.Rules.Rules()) == 0 {
		t.Errorf("%d feeds and %d rules", len(c.Settings.Feeds), len(c.Settings.Rules.Rules()))
	}
	if d := cmp.Diff([]deliver.Receiver{{Name: "stdout", Kind: "stdout"}}, c.Settings.Receivers); d != "" {
		t.Error(d)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
}

func TestConfiguredFeedReplacesTheBuiltInOne(t *testing.T) {
	builtIn, err := loadConfig("", archiveEnvironment(&txtar.Archive{}))
	if err != nil {
		t.Fatal(err)
	}
	f := builtIn.Settings.Feeds[0]
	for text, want := range map[string]string{"name: mine": "mine", "disabled: true": ""} {
		c, err := loadText("feeds: [{url: '"+f.URL+"', "+text+"}]\n", "")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, other := range c.Settings.Feeds {
			if other.URL == f.URL {
				got = append(got, other.Name)
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("with %s the feed's names are %q, want %q", text, got, want)
		}
	}
}

func TestFeedNamesComeFromURLs(t *testing.T) {
	for u, want := range map[string]string{
		"https://www.theverge.com/rss/ai-artificial-intelligence/index.xml": "theverge.com-ai-artificial-intelligence",
		"https://example.com/feed":                      "example.com",
		"https://example.com:8080/a_b/C.xml?x=y":        "example.com-a-b-c.xml",
		"http://[::1]/x":                                "1-x",
		"https://bücher.example/日本":                     "bücher.example",
		"https://a.example/" + strings.Repeat("x", 200): "a.example-" + strings.Repeat("x", 70),
	} {
		c, err := loadText("packs: [rules.yaml]\nfeeds: [{url: '"+u+"'}]\nreceivers: [{name: desk, stdout: {}}]\n", rulesYAML)
		if err != nil {
			t.Errorf("%s: %v", u, err)
			continue
		}
		if got := c.Settings.Feeds[0].Name; got != want {
			t.Errorf("%s is named %q, want %q", u, got, want)
		}
	}
}

func TestStateIsFoundWithoutHome(t *testing.T) {
	for _, c := range []struct{ vars, file, want string }{
		{"env STATE_DIRECTORY=/var/lib/a:/var/lib/b\n", "", "/var/lib/a"},
		{"env STATE_DIRECTORY=\nenv XDG_STATE_HOME=/x\nenv HOME=/h\n", "", "/x/feedwatch"},
		{"env STATE_DIRECTORY=\nenv XDG_STATE_HOME=relative\nenv HOME=/h\n", "", "/h/.local/state/feedwatch"},
		{"env STATE_DIRECTORY=\n", "", ""},
		{"env STATE_DIRECTORY=\n", "state: /s\n", "/s"},
	} {
		got, err := loadText(c.file, c.vars)
		if (err != nil) != (c.want == "") {
			t.Errorf("%q: %v", c.vars, err)
		}
		if err == nil && got.State != c.want {
			t.Errorf("%q: state is %q, want %q", c.vars, got.State, c.want)
		}
	}
	if _, err := loadConfig("", environment{Getenv: func(string) string { return "" }}); !strings.Contains(err.Error(), "HOME") {
		t.Errorf("without any directory: %v", err)
	}
}

func TestStateDirectoryIsFoundInBrokenFile(t *testing.T) {
	a := txtar.Parse([]byte("-- c/f.yaml --\nstate: s\nreceivers: [{name: x}]\nnonsense: 1\n-- c/g.yaml --\nstate: [\n"))
	if got := stateDir("c/f.yaml", archiveEnvironment(a)); got != "c/s" {
		t.Errorf("state is %q, want c/s", got)
	}
	for _, path := range []string{"", "c/g.yaml", "c/none.yaml"} {
		if got := stateDir(path, archiveEnvironment(a)); got != "/var/lib/feedwatch" {
			t.Errorf("%q: state is %q, want the default", path, got)
		}
	}
}

func TestMissingFileIsToldByName(t *testing.T) {
	_, err := loadConfig("nowhere.yaml", archiveEnvironment(&txtar.Archive{}))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestStatusNeedsTokenBeyondLoopback(t *testing.T) {
	for listen, ok := range map[string]bool{
		"127.0.0.1:1": true, "localhost:1": true, "'[::1]:1'": true, "off": true, "127.9.9.9:0": true,
		"':80'": false, "0.0.0.0:80": false, "'[::]:80'": false, "10.0.0.1:80": false, "example.com:80": false,
		"127.0.0.1": false, "127.0.0.1:http": false, "127.0.0.1:99999": false,
	} {
		if _, err := loadText("status: {listen: "+listen+"}\n", ""); (err == nil) != ok {
			t.Errorf("listen %s: %v", listen, err)
		}
	}
}

// FuzzConfiguration: whatever the file holds is either understood or told with
// its place.
func FuzzConfiguration(f *testing.F) {
	files, _ := filepath.Glob("testdata/config/*.txtar")
	for _, file := range files {
		if a, err := txtar.ParseFile(file); err == nil {
			src, _ := archiveEnvironment(a).ReadFile("feedwatch.yaml")
			f.Add(string(src))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := loadText(text, rulesYAML)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v, error %v", c, err)
		}
		if err != nil && len(strictyaml.Errors(err)) == 0 {
			t.Errorf("an error without a place: %v", err)
		}
	})
}
