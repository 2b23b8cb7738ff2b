package feed

import (
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// identity is an entry's keys by kind; the zero Key stands for none.
type identity struct {
	guid, link, title Key
}

func (id identity) keys() []Key {
	keys := make([]Key, 0, 3)
	for _, k := range []Key{id.guid, id.link, id.title} {
		if k != (Key{}) {
			keys = append(keys, k)
		}
	}
	return keys
}

// identifyEntries gives each entry its keys, leaves out entries that are listed
// twice, and says how many those were. A key that two different entries share
// is taken from both: a guid that is the same for the whole feed, or a link to
// the home page, would make one item of many. others are the identities of
// entries of the same document that are not among the drafts.
func identifyEntries(drafts []draft, others []shortIdentity) (entries []Entry, folded int) {
	total := len(drafts)
	drafts = foldSame(drafts)
	users := map[Key]int{}
	for i := range drafts {
		for _, k := range drafts[i].id.keys() {
			users[k]++
		}
	}
	elsewhere := usedElsewhere(others)
	nameless := map[Key]bool{}
	entries = make([]Entry, 0, len(drafts))
	for i := range drafts {
		e, id := drafts[i].Entry, drafts[i].id
		e.Keys = slices.DeleteFunc(id.keys(), func(k Key) bool { return users[k] > 1 || elsewhere(id, k) })
		if len(e.Keys) == 0 {
			k := contentKey(&e)
			if nameless[k] {
				continue // Nothing tells it from one before.
			}
			nameless[k] = true
			e.Keys = []Key{k}
		}
		entries = append(entries, e)
	}
	return entries, total - len(entries)
}

// usedElsewhere says whether an entry's key is another entry's, too, that was not
// read. An entry that agrees with one of those in all its keys is an edit of it,
// listed beside it, and keeps them.
func usedElsewhere(others []shortIdentity) func(identity, Key) bool {
	used, whole := map[uint32]bool{}, map[shortIdentity]bool{}
	for _, o := range others {
		whole[o] = true
		for _, k := range o {
			used[k] = k != 0
		}
	}
	return func(id identity, k Key) bool {
		if !used[k.cut()] {
			return false
		}
		return !(whole[id.short()] && id.title != (Key{}) && len(id.keys()) >= 2)
	}
}

// foldSame leaves out entries that are there already. Of two listings the one
// that says more stays.
func foldSame(drafts []draft) []draft {
	kept := drafts[:0]
	first := make(map[identity]int, len(drafts))
	for _, d := range drafts {
		j, ok := first[d.id]
		if ok && sameEntry(&kept[j], &d, d.id) {
			if len(d.Text) > len(kept[j].Text) {
				kept[j] = d
			}
			continue
		}
		first[d.id] = len(kept)
		kept = append(kept, d)
	}
	return kept
}

// sameEntry says whether two entries of one identity are the same one. A text
// that differs is an edit where two keys agree and one of them is the title;
// untitled notes that all have the feed's own guid and link are many.
func sameEntry(a, b *draft, id identity) bool {
	return id.title != (Key{}) && len(id.keys()) >= 2 || contentKey(&a.Entry) == contentKey(&b.Entry)
}

func identityOf(d *draft) identity {
	var id identity
	if guid := firstOf(d.guid, d.ID); guid != "" {
		id.guid = keyOf("guid", guid)
	}
	link := LinkKey(d.Link)
	if d.Link != "" {
		id.link = keyOf("link", link)
	}
	host, _, _ := strings.Cut(link, "/")
	id.title = titleKey(d, host)
	return id
}

// distinctWords is how many words an undated title must have to stand for an
// entry that has other keys: "Morning briefing" comes every day.
const distinctWords = 5

// titleKey is made of the title, the host and the day. It uses the date as the
// feed gives it, even one that is not believed, as long as it tells entries apart.
func titleKey(d *draft, host string) Key {
	title := normalTitle(d.Title)
	if title == "" {
		return Key{}
	}
	day := ""
	switch {
	case !d.dated.IsZero():
		day = d.dated.UTC().Format("2006-01-02")
	case (d.ID != "" || d.Link != "") && strings.Count(title, " ") < distinctWords-1:
		return Key{}
	}
	return keyOf("title", title, host, day)
}

// normalTitle is what is left of a title when case, form and punctuation are
// taken away.
func normalTitle(title string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(title)), func(r rune) bool {
		if r < utf8.RuneSelf { // Most are, and the tables are slow to say no.
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}
		return !unicode.In(r, unicode.L, unicode.N, unicode.M)
	})
	return strings.Join(words, " ")
}

// contentKey is the last resort: what the entry says.
func contentKey(e *Entry) Key {
	return keyOf("content", e.ID, e.Link, e.Title, e.Text)
}

// keyOf hashes the parts, each ended by a byte that no valid text holds.
func keyOf(parts ...string) Key {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0xff})
	}
	var k Key
	copy(k[:], h.Sum(nil))
	return k
}
