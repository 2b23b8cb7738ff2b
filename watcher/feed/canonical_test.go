package feed

import (
	"net/url"
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"HTTP://Example.COM:80/A/B":                     "http://example.com/A/B",
		"https://example.com:443":                       "https://example.com/",
		"https://example.com:8443/":                     "https://example.com:8443/",
		"https://user:pw@example.com/":                  "https://example.com/",
		"https://example.com/a#top":                     "https://example.com/a",
		"https://example.com/#!/a/b":                    "https://example.com/#!/a/b",
		"https://example.com/a/../b/./c/":               "https://example.com/b/c/",
		"https://example.com/a//b":                      "https://example.com/a//b",
		"https://example.com/%7euser/%41%2f":            "https://example.com/~user/A%2F",
		"https://example.com/caf\u00e9":                 "https://example.com/caf%C3%A9",
		"https://example.com/?b=2&a=1":                  "https://example.com/?a=1&b=2",
		"https://example.com/?id=1&utm_source=x&fbclid": "https://example.com/?id=1",
		"https://example.com/?UTM_medium=rss":           "https://example.com/",
		"https://example.com/x?":                        "https://example.com/x",
		"https://example.com/x?a=1&&":                   "https://example.com/x?a=1",
		"https://example.com/x?ref=home":                "https://example.com/x?ref=home",
		"  https://example.com/x ":                      "https://example.com/x",
		"mailto:a@example.com":                          "mailto:a@example.com",
		"/relative":                                     "/relative",
		"":                                              "",
		"https://[::1]:443/":                            "https://[::1]/",
	} {
		if got := Canonical(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestLinksToOneArticleCompareEqual(t *testing.T) {
	same := [][]string{
		{"https://example.com/a/story", "http://www.example.com/a/story/", "https://m.example.com/a/story?utm_source=x", "https://example.com/a/story/amp/", "https://example.com/a/story?amp=1", "https://example.com/a/story?outputType=amp",
			"https://www.google.com/url?rct=j&sa=t&url=https://example.com/a/story&ct=ga"},
		{"https://example.com", "http://www.example.com/"},
	}
	for _, group := range same {
		for _, link := range group {
			if LinkKey(link) != LinkKey(group[0]) {
				t.Errorf("%s gives %s, %s gives %s", link, LinkKey(link), group[0], LinkKey(group[0]))
			}
		}
	}
	for _, pair := range [][2]string{
		{"https://example.com/?p=1", "https://example.com/?p=2"},
		{"https://example.com/A", "https://example.com/a"},
		{"https://example.com/a", "https://news.example.com/a"},
		{"https://m.com/a", "https://com/a"},
		{"https://example.com/amp", "https://example.com/amp2"},
	} {
		if LinkKey(pair[0]) == LinkKey(pair[1]) {
			t.Errorf("%s and %s both give %s", pair[0], pair[1], LinkKey(pair[0]))
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"http://a/%2e%2E/..", "http://a/?%75tm_x=1", "http://A:80:80/", "https://h/a;b?c;d#!e%", "http://h/%", "http://[fe80::1%25en0]/", "http://h\u00e9/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := Canonical(raw)
		if again := Canonical(got); again != got {
			t.Fatalf("%q gives %q, and that gives %q", raw, got, again)
		}
		u, err := url.Parse(strings.TrimSpace(raw))
		if err != nil || got == strings.TrimSpace(raw) {
			return
		}
		v, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q gives %q, which is no URL: %v", raw, got, err)
		}
		if !strings.EqualFold(u.Hostname(), v.Hostname()) {
			t.Fatalf("%q is on %q, %q is on %q", raw, u.Hostname(), got, v.Hostname())
		}
		LinkKey(raw)
	})
}
