package rules

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
	"github.com/google/go-cmp/cmp"
)

func spellings(text string) []string {
	list := []string{}
	for _, w := range cut(newFolder(), text) {
		list = append(list, w.word)
	}
	return list
}

func TestTextsThatReadAlikeFoldAlike(t *testing.T) {
	tests := []struct{ name, a, b string }{
		{"letter case", "OpenAI", "OPENAI"},
		{"sharp s", "Straße STRASSE ẞ", "strasse Straße ss"},
		{"Turkish capital dotted i", "İstanbul", "istanbul"},
		{"Turkish dotless i", "IŞIK", "ışık"},
		{"final sigma", "ΟΔΥΣΣΕΥΣ", "οδυσσευς"},
		{"Greek accents", "Αθήνα", "ΑΘΗΝΑ"},
		{"full width", "ＯｐｅｎＡＩ　２０２５", "OpenAI 2025"},
		{"half-width kana", "ﾏｲｸﾛｿﾌﾄ ｶﾞ", "マイクロソフト ガ"},
		{"combining marks", "Cafe\u0301 nai\u0308ve", "Café naïve"},
		{"diacritics off", "Élan Łódź Øre đ Škoda", "elan lodz ore d skoda"},
		{"many marks on a letter", "a\u0301\u0302\u0303\u0304b", "ab"},
		{"ligatures", "ﬁnance oﬀer ǆ", "finance offer dž"},
		{"letterlike symbols", "K Å ℌ", "k a h"},
		{"soft hyphen", "Micro\u00adsoft", "Microsoft"},
		{"zero width", "Open\u200bAI \ufeffx\u2060y", "OpenAI xy"},
		{"bidirectional controls", "\u202eOpen\u202cAI\u200e", "OpenAI"},
		{"soft hyphen before an accent", "e\u00ad\u0301", "é"},
		{"soft hyphen before a voicing mark", "か\u00ad\u3099", "が"},
		{"curly apostrophe", "don’t", "don't"},
		{"acute and grave for an apostrophe", "don´t don`t", "don't don't"},
		{"possessive", "OpenAI’s Microsoft's ＡＩ＇ｓ", "OpenAI Microsoft AI"},
		{"possessive after an accent", "Café's", "cafe"},
		{"dashes", "for‐profit for‑profit for–profit for—profit for−profit", "for-profit for-profit for-profit for-profit for-profit"},
		{"trade mark", "ChatGPT™ Azure℠", "ChatGPT Azure"},
		{"subscript", "CO₂", "co2"},
		{"Hangul", "\u1112\u1161\u11ab국", "한국"},
		{"Arabic vowels", "مُحَمَّد", "محمد"},
		{"Hebrew points", "שָׁלוֹם", "שלום"},
		{"Persian zero-width non-joiner", "می\u200cخواهم", "میخواهم"},
		{"Cyrillic", "ЁЖИК", "ежик"},
		{"Cherokee", "ᎠᏰ", "ꭰᏸ"},
		{"enclosed", "ⓐⓘ", "ai"},
		{"variation selectors", "葛\U000E0100", "葛"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(spellings(tt.b), spellings(tt.a)); diff != "" {
				t.Errorf("%q and %q differ:\n%s", tt.a, tt.b, diff)
			}
		})
	}
}

func TestWordBoundaries(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"no words", " -- !? 🚀 \n", nil},
		{"punctuation", "a,b;c: (d) \"e\"/f.", []string{"a", "b", "c", "d", "e", "f"}},
		{"numbers", "$3.5bn 10,000 2025/26 49%", []string{"3.5bn", "10,000", "2025", "26", "49"}},
		{"abbreviations", "U.S. e.g. No.5", []string{"u.s", "e.g", "no", "5"}},
		{"apostrophes", "don't O'Reilly rock'n'roll '90s companies'", []string{"don't", "o'reilly", "rock'n'roll", "90s", "companies"}},
		{"possessives", "x's X'S it's s's", []string{"x", "x", "it", "s"}},
		{"s alone", "'s s", []string{"s", "s"}},
		{"ampersand", "R&D AT&T", []string{"r", "d", "at", "t"}},
		{"underscore", "foo_bar _x", []string{"foo_bar", "_x"}},
		{"colon parts", "Breaking:OpenAI 10:30", []string{"breaking", "openai", "10", "30"}},
		{"addresses", "a@example.com https://x.org/y?z", []string{"a", "example.com", "https", "x.org", "y", "z"}},
		{"C++", "C++ C# .NET", []string{"c", "c", "net"}},
		{"emoji between", "OpenAI🚀ships 👩\u200d💻 1️⃣", []string{"openai", "ships", "1"}},
		{"Hindi vowel signs", "हिन्दी समाचार", []string{"हिन्दी", "समाचार"}},
		{"Han", "OpenAI发布,新", []string{"openai", "发", "布", "新"}},
		{"kana", "オープンAIのガ", []string{"オ", "ー", "プ", "ン", "ai", "の", "ガ"}},
		{"Thai", "กิน ข้าว", []string{"กิ", "น", "ข้", "า", "ว"}},
		{"Hangul words", "오픈 소스", []string{"오픈", "소스"}},
		{"one rune of four words", "ﷺ", []string{"صلى", "الله", "عليه", "وسلم"}},
		{"fractions", "2½", []string{"2", "1", "2"}},
		{"not UTF-8", "a\xffb\xc3", []string{"a", "b"}},
		{"non-ASCII letters bound words", "éai aié ai", []string{"eai", "aie", "ai"}},
		{"ellipsis", "deal…Microsoft", []string{"deal", "microsoft"}},
		{"Hebrew gershayim", `צה"ל`, []string{`צה"ל`}},
		{"Hebrew in single quotes", `'של' ש'`, []string{"של", "ש"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(append([]string{}, tt.want...), spellings(tt.text)); diff != "" {
				t.Errorf("%q: (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}

func TestSpansAreInTheSource(t *testing.T) {
	for _, text := range []string{
		"Open\u00adAI’s ﬁnance", "\u200bé e\u0301x ﷺ a", "ＡＢ‑ｃ 🚀 d", "a\xffb", "ß\u00ad", "かか\u3099x",
	} {
		for _, w := range cut(newFolder(), text) {
			got := spellings(text[w.start:w.end])
			if !utf8.ValidString(text[w.start:w.end]) || !strings.Contains(strings.Join(got, " "), w.word) {
				t.Errorf("%q: %q stands at %q", text, w.word, text[w.start:w.end])
			}
		}
	}
}

// FuzzFold holds the laws of folding: it ends, it is its own result, and soft
// hyphens change nothing.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Straße’s", "ﷺ½™", "e\u0301\u00ad\u0301", "\xff\xc3", "ガ か\u3099", "İı", "ᾳ ῼ", "\u0345", "ŉ", "가\u11a8", "´x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fo := newFolder()
		once, _ := fo.fold(nil, nil, s)
		if !utf8.Valid(once) {
			t.Fatalf("%+q folds to %+q, which is not UTF-8", s, once)
		}
		twice, _ := fo.fold(nil, nil, string(once))
		if string(once) != string(twice) {
			t.Errorf("%+q folds to %+q, and that to %+q", s, once, twice)
		}
		var b strings.Builder
		for _, r := range s {
			b.WriteRune(r)
			b.WriteRune('\u00ad')
		}
		hyphened, _ := fo.fold(nil, nil, b.String())
		valid, _ := fo.fold(nil, nil, strings.ToValidUTF8(s, "\ufffd"))
		if utf8.ValidString(s) && string(hyphened) != string(valid) {
			t.Errorf("soft hyphens change %+q from %+q to %+q", s, valid, hyphened)
		}
		from := 0
		for _, w := range cut(fo, s) {
			if w.start < 0 || w.end > len(s) || w.start >= w.end {
				t.Fatalf("%+q: word %+q at %d-%d", s, w.word, w.start, w.end)
			}
			if w.start < from {
				t.Fatalf("%+q: words go back", s)
			}
			from = w.start
		}
	})
}

// FuzzCut compares the short cut for ASCII words with UAX #29 itself.
func FuzzCut(f *testing.F) {
	for _, s := range []string{"a.b,c;d'e_f", "don't x's 3.5bn 1,0 a:b", "x.é é's", "a'sé", "a's.", "a.'s", "1.a a.1", "a\u0308.b", "a'_", "\u05e9'", "\u05e9's", "0⻦"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		buf, _ := newFolder().fold(nil, nil, s)
		want := []string{}
		for _, piece := range strings.SplitAfter(string(buf), ":") {
			for it := words.FromString(strings.TrimSuffix(piece, ":")); it.Next(); {
				w := it.Value()
				for n := spacelessChar([]byte(w)); n > 0; n = spacelessChar([]byte(w)) {
					if holdsWord([]byte(w[:n])) { // a radical is a symbol
						want = append(want, w[:n])
					}
					w = w[n:]
				}
				if !holdsWord([]byte(w)) {
					continue
				}
				if bare, quoted := strings.CutSuffix(w, "'"); quoted {
					w = bare
				} else if len(w) > 2 {
					w = strings.TrimSuffix(w, "'s")
				}
				want = append(want, w)
			}
		}
		if diff := cmp.Diff(want, spellings(s)); diff != "" {
			t.Errorf("%+q folded %+q: (-UAX29 +got)\n%s", s, buf, diff)
		}
	})
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, word string
		want          bool
	}{
		{"a*", "a", true}, {"a*", "abc", true}, {"a*", "ba", false},
		{"*a", "cba", true}, {"*a*", "bab", true}, {"a*b*c", "aXbXbc", true}, {"a*b*c", "aXbX", false},
		{"a?c", "abc", true}, {"a?c", "aéc", true}, {"a?c", "ac", false}, {"a?c", "abbc", false},
		{"a?*", "a", false}, {"a?*", "aé", true}, {"*?é", "zé", true}, {"?", "क", true}, {"a**", "a", true},
		{"*aab", "aaaab", true}, {"a*a*a*a*b", strings.Repeat("a", 500), false},
	}
	for _, tt := range tests {
		if got := globMatch(tt.pattern, tt.word); got != tt.want {
			t.Errorf("globMatch(%q, %q) = %t", tt.pattern, tt.word, got)
		}
		index := newPatternIndex()
		for _, p := range []string{"zz*", tt.pattern, tt.pattern + "*x"} {
			index.add(p)
		}
		found := len(index.find(nil, apart(tt.word), 8, 8+uint32(len(tt.word)))) == 1
		if found != tt.want {
			t.Errorf("the index finds %q for %q: %t", tt.pattern, tt.word, found)
		}
	}
}
