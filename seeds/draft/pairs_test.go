package draft

import (
	"testing"

	"github.com/feedwatch/feedwatch/rules"
)

// A suit is routine where a third brings it, and names in a list of three are
// there by the way; a suit of one against the other is what is between them.
func TestHeadlinesNameAPairByTheWayOrNot(t *testing.T) {
	_, pack, set := compiled(t, []Document{
		{"1", "Acme and Borvo part", "Acme and Borvo ended their alliance. The alliance of Acme and Borvo was old."},
		{"2", "Borvo leaves Acme", "Borvo left the alliance with Acme. Acme, which made the alliance, is sad."},
		{"3", "Acme mourns Borvo", "The alliance of Borvo and Acme is over. Acme says that Borvo broke it."},
	})
	for title, want := range map[string]bool{
		"Acme to sue Borvo over patents":                true,
		"Borvo, tired of waiting, sues Acme":            true,
		"Painters sue Acme and Borvo":                   false,
		"Acme, Borvo, Cento sign a pledge":              false,
		"Acme, Borvo and Cento sign a pledge":           false,
		"Acme and Borvo sign a pledge":                  true,
		"Acme adds a calendar for subscribers of Borvo": false,
	} {
		if got := len(set.Match(&rules.Doc{Title: title})) > 0; got != want {
			t.Errorf("%q is found: %t, want %t\n%v", title, got, want, pack.Rules)
		}
	}
}
