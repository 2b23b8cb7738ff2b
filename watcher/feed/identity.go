package feed

import (
	"crypto/sha256"
	"strings"
	"unicode"

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
// the home page, would make one item of many.
func identifyEntries(drafts []draft) (entries []Entry, folded int) {
	ids := make([]identity, len(drafts))
	first := map[identity]int{}
	users := map[Key]int{}
	twice := map[int]bool{}
	for i := range drafts {
		ids[i] = identityOf(&drafts[i])
		if j, ok := first[ids[i]]; ok && sameEntry(&drafts[j], &drafts[i], ids[i]) {
			twice[i] = true
			if len(drafts[i].Text) > len(drafts[j].Text) {
				drafts[j] = drafts[i] // The one that says more, in the place of the first.
			}
			continue
		}
		first[ids[i]] = i
		for _, k := range ids[i].keys() {
			users[k]++
		}
	}
	entries = make([]Entry, 0, len(drafts)-len(twice))
	for i := range drafts {
		if twice[i] {
			continue
		}
		e := drafts[i].Entry
		for _, k := range ids[i].keys() {
			if users[k] == 1 {
				e.Keys = append(e.Keys, k)
			}
		}
		if len(e.Keys) == 0 {
			e.Keys = []Key{contentKey(&e)}
		}
		entries = append(entries, e)
	}
	return entries, len(twice)
}

// sameEntry says whether two entries of one identity are the same one. A text
// that differs is an edit where two keys agree and one of them is the title;
// untitled notes that all have the feed's own guid and link are many.
func sameEntry(a, b *draft, id identity) bool {
	return id.title != (Key{}) && len(id.keys()) >= 2 || contentKey(&a.Entry) == contentKey(&b.Entry)
}

func identityOf(d *draft) identity {
	var id identity
	if d.ID != "" {
		id.guid = keyOf("guid", d.ID)
	}
	if d.Link != "" {
		id.link = keyOf("link", LinkKey(d.Link))
	}
	id.title = titleKey(d)
	return id
}

// distinctWords is how many words an undated title must have to stand for an
// entry that has other keys: "Morning briefing" comes every day.
const distinctWords = 5

// titleKey is made of the title, the host and the day. It uses the date as the
// feed gives it, even one that is not believed, as long as it tells entries apart.
func titleKey(d *draft) Key {
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
	host, _, _ := strings.Cut(LinkKey(d.Link), "/")
	return keyOf("title", title, host, day)
}

// normalTitle is what is left of a title when case, form and punctuation are
// taken away.
func normalTitle(title string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(title)), func(r rune) bool {
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
