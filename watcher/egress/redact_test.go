package egress_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

const canary = "c4n4ry-hunter2"

func TestSecretIsNeverPrinted(t *testing.T) {
	type holder struct {
		S egress.Secret
		M map[string]egress.Secret
		P *egress.Secret
	}
	s := egress.Secret(canary)
	h := holder{S: s, M: map[string]egress.Secret{"k": s}, P: &s}
	var out bytes.Buffer
	// All verbs but %T, which prints a type, and %p and %w, which vet refuses.
	for verb := 'A'; verb <= 'z'; verb++ {
		if strings.ContainsRune(`[\]^_`+"`Tpw", verb) {
			continue
		}
		for _, flags := range []string{"", "+", "#", "-20", "020.3", " "} {
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", s)
			fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", h)
		}
	}
	fmt.Fprintln(&out, s, s.String(), s.GoString(), &s, []any{s, h})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "s", s, "h", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "s", s, "h", h)
	if err := json.NewEncoder(&out).Encode([]any{s, h}); err != nil {
		t.Fatal(err)
	}
	hexed := fmt.Sprintf("%x", canary)
	if text := out.String(); strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), hexed) {
		t.Errorf("the secret was printed:\n%s", text)
	}
	if !strings.Contains(out.String(), `"S":"[redacted]"`) {
		t.Error("JSON does not say [redacted]")
	}
}

func TestEmptySecretStaysEmpty(t *testing.T) {
	var s egress.Secret
	text, _ := s.MarshalText()
	if got := s.String() + fmt.Sprintf("%v%s%#v%x", s, s, s, s) + s.LogValue().String() + string(text); got != "" {
		t.Errorf("an empty secret prints %q", got)
	}
}

func TestRedactURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.org/feed.xml":                              "https://example.org/feed.xml",
		"https://u:pw@example.org/a%20b?format=rss&key=k#frag":      "https://example.org/a%20b?format=redacted&key=redacted",
		"https://example.org/?token":                                "https://example.org/?redacted",
		"https://hooks.slack.com/services/T01/B02/xyzzy":            "https://hooks.slack.com/redacted",
		"https://hooks.slack.com/triggers/T01/12/xyzzy":             "https://hooks.slack.com/redacted",
		"https://chat.example.org/hooks/abcdefghijklmnopqrstuvwxyz": "https://chat.example.org/redacted",
		"https://discord.com/api/webhooks/123/to_k-en?wait=true":    "https://discord.com/redacted?wait=redacted",
		"https://api.telegram.org/bot123:AAE-x/sendMessage":         "https://api.telegram.org/redacted/sendMessage",
		"https://example.org/services/feed.xml":                     "https://example.org/services/feed.xml",
		"https://example.org/services/xml/rss/technology.xml":       "https://example.org/services/xml/rss/technology.xml",
		"https://example.org/%68ooks/caf%C3%A9":                     "https://example.org/%68ooks/caf%C3%A9",
		"https://user:pa ss@example.org/":                           "[redacted]",
		"data:text/plain,xyzzy":                                     "[redacted]",
		"":                                                          "",
	} {
		if got := egress.RedactURL(in); got != want {
			t.Errorf("RedactURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRedactTakesSecretsOutOfErrors(t *testing.T) {
	const hook = "https://hooks.slack.com/services/T01234567/B01234567/abcdefghijklm"
	refused := errors.New("dial tcp 10.0.0.1:443: connect: connection refused")
	parse := func(raw string) error { _, err := url.Parse(raw); return err }
	for name, c := range map[string]struct {
		err     error
		secrets []egress.Secret
		want    string
	}{
		"nothing":         {nil, nil, ""},
		"no secret":       {refused, nil, refused.Error()},
		"url error":       {&url.Error{Op: "Post", URL: "https://u:p@h.example/x?sig=abc", Err: refused}, nil, `Post "https://h.example/x?sig=redacted": ` + refused.Error()},
		"wrapped twice":   {fmt.Errorf("sending: %w", errors.Join(&url.Error{Op: "Get", URL: "https://h.example/a b?k=v w", Err: refused})), nil, `sending: Get "https://h.example/a%20b?k=redacted": ` + refused.Error()},
		"webhook path":    {errors.New("no route for /services/T0/B0/xyz here"), nil, "no route for /[redacted] here"},
		"URL in the text": {errors.New("moved to <https://u:p@h.example/?key=abc>"), nil, "moved to <https://h.example/?key=redacted>"},
		"given secret":    {errors.New("bad key hunter2 sent"), []egress.Secret{"hunter2"}, "bad key [redacted] sent"},
		"empty secret":    {errors.New("as it was"), []egress.Secret{""}, "as it was"},
		"longest first":   {errors.New("ab abc"), []egress.Secret{"ab", "abc"}, "[redacted] [redacted]"},
		"whsec":           {errors.New("key bWluZQ=="), []egress.Secret{"whsec_bWluZQ=="}, "key [redacted]"},
		"bearer":          {errors.New("token s3same-open"), []egress.Secret{"Bearer s3same-open"}, "token [redacted]"},
		"secret URL":      {errors.New("posting to " + hook + " failed"), []egress.Secret{hook}, "posting to [redacted] failed"},
		"its token":       {errors.New(`{"path":"\/abcdefghijklm"}`), []egress.Secret{hook}, `{"path":"\/[redacted]"}`},
		"not parseable":   {parse("https://user:pass word@h.example/"), nil, `parse "[redacted]": not a valid URL`},
		"password first":  {parse("https://user:pass#word@h.example/"), nil, `parse "[redacted]": not a valid URL`},
		"many lines":      {errors.New("a\r\nb\x1b[31m\u202ec\u2028d\xff"), nil, "a b [31m c d\uFFFD"},
	} {
		if got := egress.Redact(c.err, c.secrets...); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestRedactIsBoundedOnARuneBoundary(t *testing.T) {
	got := egress.Redact(errors.New(strings.Repeat("é", 10_000)))
	if len(got) > 500 || strings.Trim(got, "é") != "…" {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func FuzzRedactHidesTheSecret(f *testing.F) {
	f.Add("Post \"", "\": refused", canary)
	f.Add("https://u:", "@h.example/\x00", canary)
	f.Fuzz(func(t *testing.T, before, after, secret string) {
		if len(secret) < 12 || strings.Contains("[redacted]", secret) {
			t.Skip()
		}
		err := &url.Error{Op: "Get", URL: "https://h.example/" + secret, Err: errors.New(before + secret + after)}
		got := egress.Redact(err, egress.Secret(secret))
		if strings.Contains(got, secret) || strings.ContainsAny(got, "\r\n\x1b") || len(got) > 500 {
			t.Errorf("got %q", got)
		}
	})
}
