// Package lexicon holds what the program knows about English at large, so that
// what is peculiar to a topic stands out: how rare a word is in the news, what
// part of speech it can be, and which other words a headline may say it with.
//
// Its two tables are made by the program in build from open data: the words and
// vectors of GloVe 6B, whose text is Wikipedia and five news agencies, and
// WordNet. The file LICENSES says what both ask, and is shipped with the tables.
// GloVe's vocabulary is of 2014: names that came up since are as rare as words
// that nobody uses, which is what a search for a topic's names wants.
//
// Words are given folded, as rules.Words cuts them. The tables are unpacked on
// first use, which takes some 30 ms and 10 MB, and everything here may be called
// concurrently.
package lexicon

//go:generate go run ./build
