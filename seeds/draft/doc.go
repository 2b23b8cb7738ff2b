// Package draft writes a rule pack from documents about one topic: what a person
// would who read them and knew the rule language, as a start for that person.
//
// # What it looks for
//
//	text      documents are cut into paragraphs and sentences; what belongs to the
//	          page and not to the article is left out (style sheets, pleas to
//	          subscribe, paragraphs that documents share)
//	names     who and what is written with a capital letter where that means
//	          something, with surnames, initials, who speaks for whom ("Acme's
//	          president, Jane Roe") and what stands for whom ("the Widget maker");
//	          who only reports the news is told from who makes it
//	words     what happens in the corpus: words that stand out against their rarity
//	          in the news at large, see package lexicon, and the words that a
//	          headline may use in their place
//	rules     names with what is between them, never words alone: the median item
//	          of a feed is a headline and two lines, so two names and one word, or a
//	          headline that has two names in it, must be enough
//	routine   what is told of anybody any day (products, suits, outages), and not in
//	          the corpus: names that meet in such a headline meet by chance
//
// # What it promises
//
// The same documents give the same pack, in whatever order they come. Every rule
// has its evidence as a comment, and tests from the corpus that it passes. Words
// that the corpus doesn't use are in terms of their own, whose names end in
// -wider, and stand only in rules that ask for two names. The pack can be parsed
// and linted; a rule that matches nothing of the corpus is left out.
//
// It knows English. Of a corpus in another language the names are found, and the
// words that no lexicon explains.
package draft
