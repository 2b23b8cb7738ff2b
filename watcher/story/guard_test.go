package story

import (
	"math/bits"
	"testing"
)

// Each row is a headline that two outlets could give one event, but for what the
// guards see.
func TestGuardsKeepLikeHeadlinesApart(t *testing.T) {
	for _, c := range []struct{ name, a, b string }{
		{"versions", "Acme unveils Zephyr 15 phone with titanium case", "Acme unveils Zephyr 16 phone with titanium case"},
		{"versions after a hyphen", "Wintermute launches Borealis-4 language model for Odense banks", "Wintermute launches Borealis-5 language model for Odense banks"},
		{"quarters", "Acme Q1 profit beats Wintermute estimates in Odense", "Acme Q2 profit beats Wintermute estimates in Odense"},
		{"quarters in words", "Wintermute posts record loss in first quarter, Odense plant shut", "Wintermute posts record loss in third quarter, Odense plant shut"},
		{"approved and rejected", "Odense court approves Acme takeover of Wintermute", "Odense court rejects Acme takeover of Wintermute"},
		{"risen and fallen", "Wintermute shares surge after Odense tunnel verdict", "Wintermute shares plunge after Odense tunnel verdict"},
		{"won and lost", "Valdez wins Odense tunnel appeal against Wintermute", "Valdez loses Odense tunnel appeal against Wintermute"},
		{"hired and fired", "Acme hires Wintermute engineer Valdez for Odense tunnel", "Acme fires Wintermute engineer Valdez of Odense tunnel"},
		{"live blogs", "Valdez resigns over Odense tunnel contract: live blog", "Valdez resigns over Odense tunnel contract: live updates"},
		{"weeks in review", "Week in review: Valdez resigns, Odense tunnel floods", "Week in pictures: Valdez resigns, Odense tunnel floods"},
		{"round-ups", "Odense tech roundup: Wintermute hires, Acme fires", "Odense tech roundup: Acme fires, Wintermute hires"},
		{"newsletters", "Odense newsletter: Valdez and the Wintermute tunnel", "Odense newsletter: the Wintermute tunnel and Valdez"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := New(english())
			g.Place(Text{ID: "a", At: noon, Outlet: "x.example", Title: c.a})
			if p := g.Place(Text{ID: "b", At: noon, Outlet: "y.example", Title: c.b}); p.Story == "a" {
				t.Errorf("%+v", p)
			}
		})
	}
}

// What the guards see is no reason to part these.
func TestGuardsLetOneEventBe(t *testing.T) {
	for _, c := range []struct{ name, a, b string }{
		{"one version", "Acme unveils Zephyr 16 phone with titanium case", "Acme's Zephyr 16 phone unveiled, with titanium case"},
		{"one of two versions", "Acme unveils Zephyr 15 and Zephyr 16 phones with titanium case", "Acme unveils Zephyr 16 phone with titanium case"},
		{"both sides in one headline", "Odense court approves Acme takeover of Wintermute, rejects Valdez appeal", "Odense court approves Acme takeover of Wintermute"},
		{"an amount spelt in two ways", "Acme buys Wintermute of Odense for $38bn", "Acme to acquire Wintermute of Odense for $38 billion"},
		{"the outlet's name", "Minister Valdez resigns over Odense tunnel contract - Reuters", "Minister Valdez resigns over Odense tunnel contract | y.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := New(english())
			g.Place(Text{ID: "a", At: noon, Outlet: "x.example", Title: c.a})
			if p := g.Place(Text{ID: "b", At: noon, Outlet: "y.example", Title: c.b}); p.Story != "a" {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestTextsKnownToBeInDifferentLanguagesAreNotOneStory(t *testing.T) {
	g := New(english())
	a, b := strike(0), strike(1)
	a.Language, b.Language = "en", "pl"
	g.Place(a)
	if p := g.Place(b); p.Story == a.ID {
		t.Errorf("%+v", p)
	}
	c := strike(2)
	c.Language = ""
	if p := g.Place(c); p.Story == c.ID {
		t.Errorf("a text of an unknown language: %+v", p)
	}
}

// A headline that comes again each day is no proof of anything.
func TestACommonHeadlineJoinsNothing(t *testing.T) {
	for _, title := range []string{"Morning briefing", "Nvidia earnings", "Watch live", "What we know so far about it", ""} {
		g := New(english())
		g.Place(Text{ID: "a", At: noon, Outlet: "x.example", Title: title, Lead: "Seagulls of Odense have stolen a minister's lunch."})
		if p := g.Place(Text{ID: "b", At: noon, Outlet: "y.example", Title: title, Lead: "The Borealis reactor was closed for repairs."}); p.Story == "a" {
			t.Errorf("%q: %+v", title, p)
		}
	}
}

// What is no family would be in no headline.
func TestEachActIsAFamilyWithABitOfItsOwn(t *testing.T) {
	heads := map[string]bool{}
	for _, f := range families {
		heads[f] = true
	}
	seen := map[uint64]string{}
	for w, bit := range actBits {
		if bits.OnesCount64(bit) != 1 || seen[bit] != "" || !heads[w] && family(w) != w {
			t.Errorf("%s has bits %b, as has %q, and is of the family %s", w, bit, seen[bit], family(w))
		}
		seen[bit] = w
	}
}
