package rules

import "strings"

// field is a part of a document that a query can name.
type field struct {
	name string
	// text fields hold words: mask says which parts of the document they are.
	// The others hold one value: check tells what they take where it is wrong,
	// holds compares it with a document.
	mask  partMask
	lead  bool // only what stands in the lead
	check func(value string) (wants, hint string)
	holds func(f *folder, d *Doc, value string) bool
}

// partMask is a set of text parts of a document.
type partMask uint8

const (
	inTitle partMask = 1 << iota
	inBody
	inAuthor
	inCategory

	// inText is where a term is looked for that names no field.
	inText = inTitle | inBody
)

// partNames are the fields that spans name.
var partNames = map[partMask]string{inTitle: "title", inBody: "body", inAuthor: "author", inCategory: "category"}

// leadWords is how many words of the body belong to the lead.
const leadWords = 60

// fields are all fields, in the order in which messages list them.
var fields = []*field{
	{name: "title", mask: inTitle},
	{name: "lead", mask: inText, lead: true},
	{name: "body", mask: inBody},
	{name: "author", mask: inAuthor},
	{name: "category", mask: inCategory},
	{name: "site", check: checkSite, holds: holdsSite},
	{name: "feed", check: checkName, holds: holdsFeed},
	{name: "tag", check: checkName, holds: holdsTag},
	{name: "tier", check: checkTier, holds: holdsTier},
	{name: "lang", check: checkLang, holds: holdsLang},
}

func fieldNamed(name string) *field {
	for _, f := range fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

func fieldNames() []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

// isText tells fields of words from fields of one value.
func (f *field) isText() bool { return f.mask != 0 }

func checkSite(v string) (wants, hint string) {
	host, _, path := strings.Cut(v, "/")
	switch {
	case strings.Contains(v, "*"):
		return "takes no wildcard", "subdomains match by themselves: write site:" + strings.TrimLeft(v, "*.")
	case path && host != "":
		return "takes a host name without a path", "write site:" + host
	case !isHost(v):
		return "takes a host name", "for example site:reuters.com"
	}
	return "", ""
}

func checkName(v string) (wants, hint string) {
	if strings.TrimSpace(v) == "" {
		return "takes a name", "for example tag:ai or feed:\"The Verge\""
	}
	return "", ""
}

func checkTier(v string) (wants, hint string) {
	if len(v) != 1 || v < "1" || v > "3" {
		return "takes 1, 2 or 3", "1 is the best tier; for two of them write tier:(1 OR 2)"
	}
	return "", ""
}

func checkLang(v string) (wants, hint string) {
	for i, part := range strings.Split(v, "-") {
		letters := strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
		if part == "" || len(part) > 8 || i == 0 && len(part) < 2 || !letters {
			return "takes a language tag (BCP 47)", "for example lang:en or lang:pt-BR"
		}
	}
	return "", ""
}
