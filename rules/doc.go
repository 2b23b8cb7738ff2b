// Package rules is the rule language: it parses and checks Boolean queries over
// news items, matches a document against all of them at once, and explains each
// decision.
//
// A pack is a YAML file of named terms and rules ([Parse]). Packs are compiled
// into a [Set], which is immutable; [Set.Match] gives the rules that a document
// satisfies and the places that did it, [Set.MatchRules] only their numbers, without
// allocating; [Set.Explain] tells why one rule does or doesn't, and what stood
// nearest. All decide alike, which tests hold on random queries and documents.
// [Format] lays out the queries of a pack. [Words] and [Stem] give the words of a
// text as rules compare them, to whoever counts words elsewhere.
//
// # Packs
//
//	terms:                       # optional: named sub-queries, used as @name
//	  openai: 'OpenAI OR "ChatGPT maker"'
//	rules:                       # one or more
//	  - name: azure-exclusivity  # letters, digits, - and _; its own in all packs
//	    query: '@openai AND Azure NEAR/12 exclusiv*'
//	    severity: high           # low, normal (the default) or high
//	    receivers: [ai-desk]     # optional
//	    alert: story             # story (the default) or item
//	    min_outlets: 3           # optional, and so are the next three: see [Conditions]
//	    min_tier: 1
//	    within: 2h
//	    on: [new, changed]       # new is the default
//	    tests:                   # titles; run by [Pack.Test]
//	      match:    ['OpenAI ends Azure exclusivity']
//	      no_match: ['Azure is down']
//
// All mistakes of a pack come in one error, each with its place. What can be read
// but is hardly meant is in [Pack.Warnings]: AND and OR mixed without brackets,
// operators in small letters, wildcards under three letters, punctuation that is
// not compared, words in an OR that every text has, clauses that say nothing or
// exclude each other, a NOT that another makes idle, rules that demand nothing or
// have no test, terms that no rule uses. What other languages write otherwise
// (NEAR5, "a b"~5, word^2, intitle:, restructur%) is an error with its remedy.
//
// # Text
//
// Documents and queries are compared folded. Characters that nobody sees (soft
// hyphens, zero-width and bidirectional controls, variation selectors) are
// removed first. Then text is brought to Unicode's NFKC, case folded, and
// stripped of diacritics: combining marks of Latin, Greek, Cyrillic, Hebrew and
// Arabic, and the strokes of ø, ł, đ, ħ and the missing dot of ı, which Unicode
// does not decompose. Vowel signs of Indic scripts and Thai and the voicing marks
// of kana spell the word and stay. Quotes, apostrophes and dashes become ' " and
// -. Two departures from NFKC: ™ and ℠ part words, and a space goes before
// fractions, so that 2½ is not 21/2.
//
// A word is a word of UAX #29 that holds a letter or a digit, except that a colon
// always parts words, a possessive 's and a quote at the end come off, and each
// character of a script written without spaces (Han, kana, Thai, Lao, Khmer,
// Burmese) is a word. So a hyphen parts words, U.S. and 10,000 are one word each,
// and R&D is two.
//
// # Grammar
//
//	query  = or .
//	or     = and { "OR" and } .
//	and    = not { [ "AND" ] not } .
//	not    = { "NOT" | "-" } near .
//	near   = term { near-op term } .
//	near-op = "NEAR/" n | "ONEAR/" n | "NOT" "NEAR/" n | "SENTENCE" | "PARAGRAPH" .
//	term   = word | word "~" | phrase | regexp | "@" name | prefix term | "(" or ")" .
//	prefix = ( field | "exact" | "atleast/" n ) ":" .
//	field  = "title" | "lead" | "body" | "author" | "category"
//	       | "site" | "feed" | "tag" | "tier" | "lang" .
//	phrase = quote { any character but a quote } quote .
//	regexp = "/" { any character, a slash as "\/" } "/" .
//	word   = { any character but white space, quotes, ( ) and : } .
//
// Operators are in capitals. No space stands behind a prefix or a "-". Typographic
// quotes and full-width brackets count as plain ones. A word begins with none of
// - @ / + ! and doesn't end with ~, which makes it a stem; in quotes any text may
// stand. A query has at most 16 KiB, and with its terms put in 10,000 clauses.
//
// What binds tighter comes first: prefixes, NEAR and its like (from left to
// right), NOT, AND, OR. AND and OR mixed without brackets is a warning.
//
// # Meaning
//
// Each clause holds or doesn't hold for a document:
//
//	word, phrase   its words follow each other in one part of the document,
//	               whatever punctuation stands between; a bare word such as
//	               for-profit is cut into words just like text
//	* and ?        in a word: any run of characters, exactly one character
//	word~          a word with the same English stem (Snowball): restructure~ is
//	               restructures, restructured and restructuring; only one word,
//	               of three letters or more, and neither in quotes nor in exact:
//	a b, a AND b   both hold
//	a OR b         one holds, or both
//	NOT a, -a      a doesn't hold
//	@name          what the term of that name stands for, as if in brackets
//	/re2/          RE2, letter case aside, somewhere in the folded text of a part
//	field:x        x, but looking at that field only
//	exact:x        x, where letter case and diacritics count
//	atleast/n:x    x has n occurrences or more
//
// The parts of a document are its title, its body, its author and each of its
// categories. Nothing reaches across two parts. Where no field is named, title
// and body are searched. The lead is the title and the first 60 words of the body;
// what begins inside it and ends outside is not in the lead.
//
// The other fields compare a whole value: site the host of the URL, or a domain
// it belongs to; feed and tag a name, folded; tier a number; lang a language tag
// or the beginning of one up to a hyphen (en holds for en-GB). Where a feed names
// no language, [DetectLanguage] tells that of all but short texts; a document of
// unknown language satisfies no lang. A group may stand
// behind them too: tier:(1 OR 2).
//
// # Occurrences
//
// The operators of nearness, and atleast, take words, phrases, groups of these
// with OR, and each other. An occurrence is always one of a word or phrase, a
// stretch of words in one part:
//
//	a OR b         the occurrences of both
//	a NEAR/n b     those of a that have an occurrence of b beside them, with at
//	               most n words between the two, and those of b that have one of
//	               a; the two share no word
//	a ONEAR/n b    the same, but a comes first
//	a NOT NEAR/n b those of a with no word of an occurrence of b at most n words
//	               away, nor overlapping it
//	a SENTENCE b   as NEAR, but within one sentence instead of n words
//	a PARAGRAPH b  as NEAR, but within one paragraph
//
// Such a clause holds if it has an occurrence. Sentences end by UAX #29, but not
// behind abbreviations (Mr., Inc., U.S.) unless they can end one and the next
// word looks like a beginning (The, It). Paragraphs end at an empty line.
//
// # Spans
//
// A match lists the places that made it hold. A word, a phrase and the operators
// of nearness give the places of their occurrences, a regular expression those of
// its matches, each clause its first 64. AND gives the places of all its members,
// OR those of the members that hold, NOT and fields of values none. The places are
// sorted by part and position, those that overlap are merged, and the first 64
// are given, as bytes of the original text. A possessive 's is not in them.
//
// # Canonical text
//
// A rule's Query is its query printed from the tree: one space between tokens, AND
// written out, brackets where AND stands in OR and where they are needed, quotes
// where a word would otherwise be read as something else. Parsing it gives the same
// tree. The Revision is a hash of that text with the terms put in, and of a number
// that changes when the meaning of the language does.
//
// # How reading goes
//
// The YAML of a pack is read first (pack.go, package strictyaml). Then each query is
// cut into tokens (lex.go), made a tree (parse.go, leaf.go, prefix.go), which its terms
// are put into (terms.go), and checked for what is hardly meant (check.go, shadow.go,
// habits.go). None needs another, so that happens on all cores (query.go, batch.go),
// and so does the making of programs and anchors from the trees (compile.go,
// numbers.go), which Compile puts together at last.
//
// # How matching goes
//
// What a document costs hardly depends on how many rules there are. It is folded
// (fold.go; ascii.go and runes.go have the short cuts) and cut into words
// (tokenise.go, runs.go), each of which becomes a number (hash.go). Wildcards and
// stems that a word satisfies are looked up once for each distinct word
// (pattern.go) and stand behind the words as further numbers (read.go).
//
// Each rule hangs on the rarest words of which one must occur for it to match
// (anchor.go). These anchors and what hangs on them lie in one table, with a set of
// bits in front that tells of most words that they are none (table.go). What hangs
// there says which second word must occur too, or stand beside the first, so that
// few rules are left as candidates (join.go). Only of these the program is run
// (compile.go, program.go, match.go, proximity.go, search.go).
//
// Explain walks the tree instead (explain.go), by definitions as plain as can be, and
// tests compare the two. So they do with each short cut and its slow twin.
package rules
