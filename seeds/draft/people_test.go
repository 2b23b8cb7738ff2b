package draft

import (
	"testing"

	"github.com/feedwatch/feedwatch/rules"
)

// Who founded or leads a company is not the company, but beside another that the
// corpus is about the name is enough.
func TestFoundersStandForACompanyBesideAnother(t *testing.T) {
	_, pack, set := compiled(t, []Document{
		{"1", "Acme and Borvo part", "Acme and Borvo ended their alliance. Acme was begun by founders including Sam Kowalczyk."},
		{"2", "Borvo leaves Acme", "Borvo left the alliance with Acme. Acme, which made the alliance, is sad."},
		{"3", "Acme mourns Borvo", "The alliance of Borvo and Acme is over. Acme says that Borvo broke it."},
	})
	for title, want := range map[string]bool{
		"Kowalczyk to join Borvo":               true,
		"Borvo in alliance with Kowalczyk":      true,
		"Kowalczyk opens a garden":              false,
		"Kowalczyk-backed farm sells to Borvo":  false,
		"Kowalczyk, Borvo and Cento give money": false,
	} {
		if got := len(set.Match(&rules.Doc{Title: title})) > 0; got != want {
			t.Errorf("%q is found: %t, want %t\n%v", title, got, want, pack.Rules)
		}
	}
}

// A word for what happens brings the word for who does it.
func TestWordsBringWhoDoesWhatTheyTell(t *testing.T) {
	for word, want := range map[string]string{
		"investment": "investor", "competition": "competitor", "alliance": "",
	} {
		got := makers([]*stemmed{{stem: rules.Stem(word), forms: map[string]int{word: 1}}})
		if want == "" && len(got) > 0 || want != "" && (len(got) == 0 || got[0] != want) {
			t.Errorf("%s brings %v, want %q first", word, got, want)
		}
	}
}

// A word for what is between two, right beside one of them, outweighs routine.
func TestWhatIsBetweenTwoOutweighsRoutine(t *testing.T) {
	_, pack, set := compiled(t, []Document{
		{"1", "Acme and Borvo part", "Acme and Borvo ended their alliance. The alliance of Acme and Borvo was old."},
		{"2", "Borvo leaves Acme", "Borvo left the alliance with Acme. Acme, which made the alliance, is sad."},
		{"3", "Acme mourns Borvo", "The alliance of Borvo and Acme is over. Acme says that Borvo broke it."},
	})
	for title, want := range map[string]bool{
		"Borvo unveils a calendar, and an alliance with Acme": true,
		"Borvo unveils a calendar for Acme":                   false,
	} {
		if got := len(set.Match(&rules.Doc{Title: title})) > 0; got != want {
			t.Errorf("%q is found: %t, want %t\n%v", title, got, want, pack.Rules)
		}
	}
}

// What a company is known for stands for it beside another where a word tells what
// is between the two, and three of their names in the first lines need no word.
func TestWhatACompanyIsKnownForStandsForItBesideAWord(t *testing.T) {
	_, pack, set := compiled(t, []Document{
		{"1", "Acme and Borvo part", "Acme, the company behind Widgetto, and Borvo ended their alliance. Acme was begun by founders including Sam Kowalczyk."},
		{"2", "Borvo leaves Acme", "Borvo left the alliance with Acme. The Widgetto maker Acme, which made the alliance, is sad."},
		{"3", "Acme mourns Borvo", "The alliance of Borvo and Acme is over. Acme says that Borvo broke it."},
	})
	for _, c := range []struct {
		title, body string
		want        bool
	}{
		{"Borvo ends alliance over Widgetto", "", true},
		{"Borvo tries Widgetto", "", false},
		{"Acme picks a head", "Kowalczyk is back; Borvo looks on.", true},
		{"Acme picks a head", "Borvo looks on.", false},
	} {
		if got := len(set.Match(&rules.Doc{Title: c.title, Body: c.body})) > 0; got != c.want {
			t.Errorf("%q is found: %t, want %t\n%v", c.title, got, c.want, pack.Rules)
		}
	}
}

// Who is much in the news stands beside a company by chance, unless the headline
// has both or a word or two parts them.
func TestOthersWhoAreMuchInTheNewsMustStandNear(t *testing.T) {
	s := &subject{name: &name{}, term: &term{name: "acme"}}
	for _, c := range []struct {
		others []phrase
		want   string
	}{
		{[]phrase{{query: "Quillmail"}, {query: `"Sable Heron"`}}, "lead:@acme AND title:@acme-others"},
		{[]phrase{{query: "Amazon"}, {query: "Quillmail"}}, "lead:@acme AND title:@acme-others AND (title:@acme OR lead:(@acme NEAR/4 @acme-others) OR title:(Quillmail))"},
		{[]phrase{{query: "Amazon"}, {query: "Oracle"}}, "lead:@acme AND title:@acme-others AND (title:@acme OR lead:(@acme NEAR/4 @acme-others))"},
	} {
		if got := s.beside(&term{name: "acme-others", says: c.others}); got != c.want {
			t.Errorf("%v: got %s, want %s", c.others, got, c.want)
		}
	}
}

// What a company buys is news of somebody else.
func TestWhatOneBuysIsNoAffairOfItsOwn(t *testing.T) {
	_, pack, set := compiled(t, []Document{
		{"1", "Zarvela plans restructuring", "Zarvela said that its restructuring and recapitalization follow the acquisition of Borvo. Friction at Zarvela grew. The recapitalization of Zarvela is late."},
		{"2", "Zarvela delays restructuring", "Zarvela put off its restructuring and recapitalization. The acquisition of Borvo by Zarvela brought friction. The restructuring of Zarvela will wait."},
		{"3", "Zarvela’s restructuring near", "Zarvela is near its restructuring, after an acquisition. Friction at Zarvela over recapitalization goes on."},
	})
	for title, want := range map[string]bool{
		"Zarvela to finish recapitalization in May": true,
		"Zarvela in acquisition of a bakery":        false,
	} {
		if got := len(set.Match(&rules.Doc{Title: title})) > 0; got != want {
			t.Errorf("%q is found: %t, want %t\n%v", title, got, want, pack.Rules)
		}
	}
}
