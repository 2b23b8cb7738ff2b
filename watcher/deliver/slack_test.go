package deliver

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/feedwatch/feedwatch/storage"
)

// slackTexts gives every text of a rendered message, and fails where a limit of
// Slack is passed.
func slackTexts(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, a *storage.Alert) []string {
	return append(slackTextsOf(t, slackFormat(options{}, a)), slackTextsOf(t, slackFormat(options{threaded: true}, a))...)
}

// slackTextsOf does so for a message, in a thread or not.
func slackTextsOf(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, body []byte) []string {
	var msg slackMessage
	if err := json.Unmarshal(body, &msg); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	texts := []string{msg.Text}
	total := 0
	add := func(limit int, x slackText) {
		texts = append(texts, x.Text)
		total += width(x.Text)
		if n := width(x.Text); n == 0 || n > limit {
			t.Errorf("a %s text has %d characters; Slack takes 1 to %d", x.Type, n, limit)
		}
		if x.Type == "mrkdwn" && !x.Verbatim {
			t.Errorf("Slack would make links of what stands in %q", x.Text)
		}
	}
	for _, b := range msg.Blocks {
		limit := 3000
		if b.Type == "header" {
			limit = 150
		}
		if b.Text != nil {
			add(limit, *b.Text)
		}
		for _, e := range b.Elements {
			add(limit, e)
		}
	}
	if total >= 13000 || len(msg.Blocks) > 50 {
		t.Errorf("%d characters in %d blocks", total, len(msg.Blocks))
	}
	return texts
}

// controls fails where a text holds a sequence that Slack acts on, other than
// the one link we make.
func controls(t interface{ Errorf(string, ...any) }, texts []string) {
	for _, text := range texts {
		links := strings.Count(text, "<")
		if links > strings.Count(text, "<https://ours.example/") || strings.Count(text, ">") != links {
			t.Errorf("unescaped brackets in %q", text)
		}
		for _, bad := range []string{"<!", "<@", "<#", "\r", "\x1b", "\u202e", "\u2066"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q in %q", bad, text)
			}
		}
		if clean(strings.ReplaceAll(text, "\n", " ")) != strings.TrimSpace(strings.Join(strings.Fields(text), " ")) {
			t.Errorf("characters that can't be seen in %q", text)
		}
	}
}

func TestHostileTitlesDoNothingInSlack(t *testing.T) {
	for _, title := range []string{
		"<!channel>", "<!here|x>", "<@U1>", "<#C1>", "<!subteam^S1>", "<!date^1392734382^{date}|x>",
		"<https://evil.example|bank.example>", "https://evil.example", "@here @channel",
		"a\r\nb", "a\nb", "a\x00b\x1b[31m", "\u202eabc\u202c", "a\u2066b", "a\u2028b", "&lt;!channel&gt;",
		"<", ">", "&", "*<!channel>*", "\xff<!channel>\xff",
	} {
		a := storage.Alert{Item: storage.Item{Title: title, FeedName: title, Text: title, Link: "https://ours.example/"}, Severity: title, Kind: storage.Kind(title)}
		a.Matches = []storage.Match{{Rule: title, Spans: []storage.Span{
			{Field: "title", End: len(title), Text: title}, {Field: "body", End: len(title), Text: title},
		}}}
		texts := slackTexts(t, &a)
		controls(t, texts)
		if strings.HasPrefix(title, "&lt;") && texts[1] != "&amp;lt;!channel&amp;gt;" {
			t.Errorf("an entity in a title is not shown as it is: %q", texts[1])
		}
	}
}

func TestHostileLinksAreLeftOut(t *testing.T) {
	for _, link := range []string{
		"javascript:alert(1)", "data:text/html,x", "ftp://h.example/", "//h.example/", "/x", "https:///x", "mailto:a@h.example",
		"https://h.example/\nx", "https://h.example/" + strings.Repeat("a", 2000), "https://h.example/?" + strings.Repeat("&", 900), "",
	} {
		a := storage.Alert{Item: storage.Item{Title: "t", FeedName: "f", Link: link}}
		for _, text := range slackTexts(t, &a) {
			if strings.ContainsAny(text, "<>") {
				t.Errorf("%q became %q", link, text)
			}
		}
	}
}

func TestWebLinkKeepsNothingThatEndsALink(t *testing.T) {
	for in, want := range map[string]string{
		"https://h.example/a?b=c&d=%20#e":     "https://h.example/a?b=c&d=%20#e",
		"https://apple.example@evil.example/": "https://evil.example/",
		"https://h.example/a|b>c?d|e>f<g\"'":  "https://h.example/a%7Cb%3Ec?d%7Ce%3Ef%3Cg%22%27",
		"https://h.example/ü?ü\u202e":         "https://h.example/%C3%BC?%C3%BC%E2%80%AE",
		" HTTPS://h.example/ ":                "https://h.example/",
	} {
		if got := webLink(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestSlackEscapesLastAndCountsEscaped(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		n    int
		want string
	}{
		"fits exactly":          {"abcde", 5, "abcde"},
		"one too many":          {"abcdef", 5, "abcd…"},
		"multibyte fits":        {"äöüßé", 5, "äöüßé"},
		"multibyte cut":         {"äöüßéx", 5, "äöüß…"},
		"beyond the BMP fits":   {"a😀😀", 5, "a😀😀"},
		"beyond the BMP cut":    {"a😀😀b", 5, "a😀…"},
		"an entity fits":        {"&", 5, "&amp;"},
		"no room for an entity": {"a&", 5, "a…"},
		"not cut within one":    {"<<<", 8, "&lt;…"},
		"entities fit":          {"<>", 8, "&lt;&gt;"},
	} {
		if got := escape(c.n, c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestSlackHeaderAtItsLimit(t *testing.T) {
	header := func(title string) string {
		return slackTexts(t, &storage.Alert{Item: storage.Item{Title: title}})[1]
	}
	for _, unit := range []struct{ one, escaped string }{{"é", "é"}, {"&", "&amp;"}} {
		n := 150 / len([]rune(unit.escaped))
		if got, want := header(strings.Repeat(unit.one, n)), strings.Repeat(unit.escaped, n); got != want {
			t.Errorf("%d times %q were cut to %q", n, unit.one, got)
		}
		got := header(strings.Repeat(unit.one, n+1))
		if want := strings.Repeat(unit.escaped, (149)/len([]rune(unit.escaped))) + "…"; got != want {
			t.Errorf("%d times %q gave %q, want %q", n+1, unit.one, got, want)
		}
	}
}

func TestLongTitleIsCutBetweenWords(t *testing.T) {
	long := strings.Repeat("Überraschung ", 100)
	got := plainTitle(&storage.Alert{Item: storage.Item{Title: long}})
	if len(got) > sentenceBytes+len(ellipsis) || !strings.HasSuffix(got, "Überraschung"+ellipsis) {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func TestSlackReasonAtItsLimit(t *testing.T) {
	reason := func(n int) string {
		a := storage.Alert{Item: storage.Item{Title: "t"}, Matches: []storage.Match{{Rule: strings.Repeat("é", n)}}}
		return slackReason(&a)
	}
	if got := reason(2997); width(got) != 2999 || strings.Contains(got, ellipsis) { // and two asterisks
		t.Errorf("%d characters: %.20q...", width(got), got)
	}
	if got := reason(3000); width(got) > 3000 || !strings.HasSuffix(got, ellipsis) {
		t.Errorf("%d characters: %.20q...", width(got), got)
	}
}

func TestBoldStandsOnlyWhereSlackShowsIt(t *testing.T) {
	match := func(s string) storage.Part { return storage.Part{Text: s, Match: true} }
	plain := func(s string) storage.Part { return storage.Part{Text: s} }
	for want, parts := range map[string][]storage.Part{
		"a *b* c":     {plain("a "), match("b"), plain(" c")},
		"(*b*)":       {plain("("), match("b"), plain(")")},
		"中国人":         {plain("中"), match("国"), plain("人")},
		"a*b c":       {match("a*b"), plain(" c")},
		"a *b* c d":   {plain("a"), match(" b "), plain("c d")},
		"*a*, *b*":    {match("a"), plain(", "), match("b")},
		"*R&amp;D* x": {match("R&D"), plain(" x")},
	} {
		w := &slackWriter{room: 100}
		if w.parts(parts); w.String() != want {
			t.Errorf("got %q, want %q", w.String(), want)
		}
	}
}

// anyText draws text rich in what formats trip over.
func anyText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"<", ">", "&", "<!channel>", "<@U1>", "*", "\r\n", "\u202e", "\x1b[0m", " ", "|", "\u2029", "\xff", "OpenAI", ". ", "國", "😀"}),
		rapid.String(),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 60), func(s []string) string { return strings.Join(s, "") })
}

// anyAlert draws an alert whose spans may point anywhere.
func anyAlert() *rapid.Generator[*storage.Alert] {
	return rapid.Custom(func(t *rapid.T) *storage.Alert {
		text := anyText()
		a := &storage.Alert{
			ID: "fw_x", Kind: storage.Kind(text.Draw(t, "kind")), Severity: text.Draw(t, "severity"),
			Item: storage.Item{
				Title: text.Draw(t, "title"), Text: strings.Repeat(text.Draw(t, "text"), rapid.IntRange(1, 30).Draw(t, "times")),
				FeedName: text.Draw(t, "feed"), Link: "https://ours.example/" + text.Draw(t, "link"),
			},
		}
		for range rapid.IntRange(0, 6).Draw(t, "matches") {
			m := storage.Match{Rule: text.Draw(t, "rule")}
			for range rapid.IntRange(0, 6).Draw(t, "spans") {
				m.Spans = append(m.Spans, storage.Span{
					Field: rapid.SampledFrom([]string{"title", "body", "author"}).Draw(t, "field"),
					Start: rapid.IntRange(-5, 300).Draw(t, "start"), End: rapid.IntRange(-5, 300).Draw(t, "end"),
					Text: text.Draw(t, "span"),
				})
			}
			a.Matches = append(a.Matches, m)
		}
		switch a.Kind = rapid.SampledFrom([]storage.Kind{a.Kind, storage.First, storage.FollowUp, storage.Changed, storage.Notice, storage.Brief}).Draw(t, "one kind"); a.Kind {
		case storage.FollowUp:
			a.Outlets, a.Count = anyOutlets().Draw(t, "outlets"), rapid.IntRange(0, 3).Draw(t, "count")
		case storage.Changed:
			a.Before = &storage.Revision{Title: text.Draw(t, "old title"), Text: a.Item.Text + text.Draw(t, "old text")}
		case storage.Notice:
			a.Item = storage.Item{}
			a.Notice = &storage.Memo{About: text.Draw(t, "about"), Title: text.Draw(t, "memo"), Text: text.Draw(t, "memo text"), Items: anyOutlets().Draw(t, "items")}
		case storage.Brief:
			a.Item = storage.Item{}
			a.Brief = anyBulletin().Draw(t, "brief")
		}
		return a
	})
}

func anyOutlets() *rapid.Generator[[]storage.Outlet] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) storage.Outlet {
		text := anyText()
		return storage.Outlet{
			Name: text.Draw(t, "outlet"), Title: strings.Repeat(text.Draw(t, "title"), rapid.IntRange(1, 20).Draw(t, "times")),
			Link: "https://ours.example/" + text.Draw(t, "link"), At: time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "at"), 0),
		}
	}), 0, 5)
}

func anyBulletin() *rapid.Generator[*storage.Bulletin] {
	return rapid.Custom(func(t *rapid.T) *storage.Bulletin {
		text := anyText()
		b := &storage.Bulletin{
			Since: time.Unix(1, 0), Until: time.Unix(86401, 0), Zone: rapid.SampledFrom([]string{"UTC", "Europe/Zurich", "../etc/passwd"}).Draw(t, "zone"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			r := storage.BulletinRule{Rule: text.Draw(t, "rule"), Severity: text.Draw(t, "severity")}
			for range rapid.IntRange(0, 4).Draw(t, "stories") {
				r.Stories = append(r.Stories, storage.BulletinStory{
					Title: text.Draw(t, "story"), Link: "https://ours.example/" + text.Draw(t, "link"), Outlets: anyOutlets().Draw(t, "outlets"),
				})
			}
			b.Rules = append(b.Rules, r)
		}
		for range rapid.IntRange(0, 4).Draw(t, "ailing") {
			b.Feeds = append(b.Feeds, storage.BulletinFeed{Name: text.Draw(t, "feed"), State: text.Draw(t, "state")})
		}
		return b
	})
}

func TestNoAlertEscapesItsSlackBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		controls(t, slackTexts(t, anyAlert().Draw(t, "alert")))
	})
}

func TestNoAlertEscapesItsLinesOnATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAlert().Draw(t, "alert")
		text := string(textFormat(options{}, a))
		if lines := strings.Count(text, "\n"); lines > 5+len(a.Matches) && (a.Kind == storage.First || a.Kind == storage.Test) {
			t.Errorf("%d lines: %q", lines, text)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if clean(line) != strings.Join(strings.Fields(line), " ") {
				t.Errorf("control characters in %q", line)
			}
		}
	})
}

func TestEveryAlertIsOneLineOfJSONInAFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAlert().Draw(t, "alert")
		line := lineFormat(options{source: "s"}, a)
		if strings.IndexByte(string(line), '\n') != len(line)-1 || !json.Valid(line) {
			t.Errorf("got %q", line)
		}
		if again := lineFormat(options{source: "s"}, a); string(again) != string(line) {
			t.Errorf("got %q and then %q", line, again)
		}
	})
}
