package story

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2025, 6, 17, 12, 0, 0, 0, time.UTC)

// strike is a text about one event, told by outlet n.
func strike(n int) Text {
	titles := []string{
		"Dockworkers in Hamburg strike over pay at Eurogate terminal",
		"Hamburg dockworkers go on strike over pay, Eurogate terminal closed",
		"Eurogate terminal in Hamburg halted as dockworkers strike for pay",
	}
	return Text{ID: fmt.Sprint("strike", n), At: noon.Add(time.Duration(n) * time.Minute), Outlet: fmt.Sprint("outlet", n), Title: titles[n]}
}

func TestAnEventToldThriceIsOneStory(t *testing.T) {
	g := New(english())
	for n := range 3 {
		if p := g.Place(strike(n)); p.Story != "strike0" || (n > 0) != (p.Why != "") {
			t.Errorf("text %d: %+v", n, p)
		}
	}
}

func TestPairsThatAreOneStoryAndPairsThatAreNot(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		link       bool
		want       bool
	}{
		{"same link", "Some headline", "Quite another one", true, true},
		{"same headline, outlet's name aside", "Minister Valdez resigns over Odense tunnel contract - Reuters", "Minister Valdez resigns over Odense tunnel contract", false, true},
		{"same headline that tells no event", "Morning briefing", "Morning briefing", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := New(english())
			a, b := Text{ID: "a", At: noon, Outlet: "x.example", Title: c.a}, Text{ID: "b", At: noon, Outlet: "y.example", Title: c.b}
			if c.link {
				a.Link, b.Link = "https://x.example/1", "https://x.example/1"
			}
			g.Place(a)
			if p := g.Place(b); (p.Story == "a") != c.want {
				t.Errorf("%+v", p)
			}
		})
	}
}

// Polish has many endings, and several words for what is done.
func TestPolishHeadlinesSayWhatEnglishOnesDo(t *testing.T) {
	for _, c := range []struct{ polish, english string }{
		{"Zwolniony prezes dołącza do Borealis", "Fired president joins Borealis"},
		{"Waldeza zatrudni Borealis", "Borealis hires Valdez"},
		{"Waldez przechodzi do Borealisu", "Valdez joins Borealis"},
		{"Borealis przejmuje kopalnię w Odense", "Borealis acquires Odense mine"},
		{"Powodzie w Odense, zginęły dwie osoby", "Floods in Odense, two killed"},
		{"Sąd nie jest przeciwny przeciwnikom", "Court: no"},
		{"Premiera o premierze", "Of him"},
	} {
		g := New(english())
		p, e := g.read(&Text{Title: c.polish, Language: "pl"}), g.read(&Text{Title: c.english, Language: "en"})
		if p.acts != e.acts {
			t.Errorf("%q has acts %b, and %q has %b", c.polish, p.acts, c.english, e.acts)
		}
	}
}

func TestASilentStoryIsClosed(t *testing.T) {
	g := New(english())
	g.Place(strike(0))
	late := strike(1)
	late.At = noon.Add(73 * time.Hour)
	if p := g.Place(late); p.Story != late.ID {
		t.Errorf("%+v", p)
	}
	g.Forget(noon.Add(time.Hour))
	if g.Len() != 1 {
		t.Errorf("%d texts are held, want the late one", g.Len())
	}
}

func TestForgettingUndoesNoMerge(t *testing.T) {
	g := New(english())
	g.Place(strike(0))
	last := strike(1)
	last.At = noon.Add(50 * time.Hour)
	g.Place(last)
	g.Forget(noon.Add(49 * time.Hour))
	third := strike(2)
	third.At = last.At.Add(time.Hour)
	if p := g.Place(third); p.Story != "strike0" || g.Len() != 3 {
		t.Errorf("%+v, %d texts", p, g.Len())
	}
}

func TestAPersonsWordOutranksLikeness(t *testing.T) {
	g := New(english())
	g.Place(strike(0))
	g.Place(strike(1))
	g.Move("strike1", "other")
	if p := g.Place(strike(1)); p.Story != "other" {
		t.Errorf("what was moved is in %s", p.Story)
	}
	g.Move("strike0", "other")
	g.Add(Text{ID: "far", At: noon, Title: "Nothing of the kind"}, "other")
	if p := g.Place(strike(2)); p.Story != "other" && p.Story != "strike2" {
		t.Errorf("%+v: the emptied story lives on", p)
	}
}

func TestATextJoinsWhatAPersonMergedByTheTextThatItResembles(t *testing.T) {
	g := New(english())
	g.Place(strike(0))
	for i, title := range []string{"Odense court approves Wintermute takeover", "Seagulls steal the mayor's lunch", "A bridge in Porto is painted blue"} {
		id := fmt.Sprint("far", i)
		g.Place(Text{ID: id, At: noon, Title: title})
		g.Move(id, "strike0")
	}
	if p := g.Place(strike(1)); p.Story != "strike0" {
		t.Errorf("%+v", p)
	}
}

func TestMaxTextsHolds(t *testing.T) {
	c := english()
	c.MaxTexts = 32
	g := New(c)
	for i := range 200 {
		g.Place(Text{ID: fmt.Sprint(i), At: noon.Add(time.Duration(i) * time.Second), Title: fmt.Sprintf("zq%dx vw%dy", i, i)})
		if g.Len() > 34 {
			t.Fatalf("%d texts are held", g.Len())
		}
	}
}

// Whoever follows the placements knows what the grouper holds, joined stories too.
func TestPlacementsTellWhatIsHeld(t *testing.T) {
	joins := 0
	for seed := range uint64(4) {
		g, story := New(english()), map[string]string{}
		for _, n := range delayed(labelledNews(t), seed) {
			p := g.Place(n.text())
			story[n.ID] = p.Story
			for id, s := range story {
				if slices.Contains(p.Joins, s) {
					joins++
					story[id] = p.Story
				}
			}
		}
		for id, s := range story {
			if held := g.texts[id].group.id; held != s {
				t.Errorf("seed %d: %s is in %s, and was told to be in %s", seed, id, held, s)
			}
		}
		checkInvariants(t, g)
	}
	if joins == 0 {
		t.Error("no stories were joined: this shows nothing")
	}
}

func TestStoriesThatAPersonPartedAreNotJoined(t *testing.T) {
	g := New(english())
	g.Place(strike(0))
	g.Place(strike(1))
	g.Move("strike1", "strike1")
	if p := g.Place(strike(2)); len(p.Joins) > 0 {
		t.Errorf("%+v", p)
	}
	if a, b := g.texts["strike0"].group, g.texts["strike1"].group; a == b {
		t.Errorf("both are in %s", a.id)
	}
}

func FuzzPlace(f *testing.F) {
	f.Add("Q1 iPhone 15 $38bn - Reuters", "lead", "lead", uint8(3))
	f.Add("\xff\xfe", strings.Repeat("ﷺ ", 400), "ßß 1e309 .5", uint8(0))
	f.Add("Eurogate terminal in Hamburg closed", strings.Repeat("Zephyr Borealis Odense ", 200), "Hamburg: Eurogate terminal closed", uint8(255))
	f.Fuzz(func(t *testing.T, title, lead, other string, seed uint8) {
		g := New(Config{MaxTexts: 16})
		r := rand.New(rand.NewPCG(uint64(seed), 0))
		parts := []string{title, lead, other, title + " " + other}
		for i := range 24 {
			id := fmt.Sprint(r.IntN(20))
			switch r.IntN(8) {
			case 0:
				g.Move(id, fmt.Sprint(r.IntN(20)))
			case 1:
				g.Remove(id)
			case 2:
				g.Forget(noon.Add(time.Duration(i-10) * time.Hour))
			default:
				p := g.Place(Text{ID: id, At: noon.Add(time.Duration(r.IntN(100)) * time.Hour), Outlet: parts[r.IntN(4)], Title: parts[r.IntN(4)], Lead: parts[r.IntN(4)]})
				if g.texts[id] != nil && g.texts[id].group.id != p.Story {
					t.Fatalf("%s is in %s, and was told to be in %s", id, g.texts[id].group.id, p.Story)
				}
			}
			checkInvariants(t, g)
		}
		g.Forget(noon.Add(1000 * time.Hour))
		if len(g.texts)+len(g.stories)+len(g.links)+len(g.titles)+len(g.index.postings)+len(g.index.counts)+g.index.texts > 0 {
			t.Fatal("something of forgotten texts is held")
		}
	})
}

// checkInvariants sees that a text is in exactly one story, and little is held of it.
func checkInvariants(t *testing.T, g *Grouper) {
	t.Helper()
	held := 0
	for id, s := range g.stories {
		if s.id != id || len(s.members) == 0 {
			t.Fatalf("story %s has id %s and %d texts", id, s.id, len(s.members))
		}
		for _, m := range s.members {
			if held++; m.group != s || g.texts[m.id] != m || m.at < s.first || m.at > s.last {
				t.Fatalf("text %s is not rightly in story %s", m.id, id)
			}
			if len(m.terms) > mostWide || len(m.versions) > mostVersions {
				t.Fatalf("%d terms and %d versions are held of a text", len(m.terms), len(m.versions))
			}
		}
	}
	if held != len(g.texts) || held > g.config.MaxTexts+g.config.MaxTexts/16 || held != g.index.texts {
		t.Fatalf("%d texts in stories, %d held, %d counted", held, len(g.texts), g.index.texts)
	}
}
