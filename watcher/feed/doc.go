// Package feed answers one question: what does this feed say now?
//
// It has two halves that do not know each other. [Fetcher] speaks HTTP: it
// makes one conditional request and brings back bytes, the validators to send
// next time, and how long the server wants to be left alone. [Parse] is a pure
// function from bytes to entries. Who polls, when, and what is new are the
// watcher's questions; this package keeps no state.
//
// # Fetching
//
// One call makes one GET and follows at most five redirects by hand, so that
// what net/http's client would add (a Referer, cookies, the validators of one
// URL sent to another) never leaves. Validators are opaque: they go back byte
// for byte, to the URL they came from and to no other. Headers a feed is
// configured with go to its own origin only. Nothing is retried. An answer that
// is no feed is a [StatusError] with a reason from a closed list; anything else
// that goes wrong on the way is an error whose text holds no secret.
//
// # Reading
//
// Feeds are untrusted and often broken. The library that knows their dialects,
// github.com/mmcdole/gofeed, can be killed by a response of 6 KB (it recurses
// on nesting depth) and loses a whole feed over one stray "<". So nothing
// reaches it before the guard has rewritten the document:
//
//	bytes  -> decode      charset to UTF-8; valid UTF-8 beats a label that lies
//	       -> identify    feed, JSON Feed, or a named something else
//	       -> mend        one pass that emits well-formed XML and holds every bound
//	       -> gofeed      under recover
//	       -> translate   links made absolute, dates believed or not, plain text
//	       -> identify    the keys of each entry; entries listed twice are folded
//
// gofeed costs some 40 ns a byte, so most bytes go round it: entries that are as
// they were in the last reading are recognised by their bytes and left out
// ([ParseChanged]), long texts are set aside and put back, and elements that no
// field is made of are dropped. A reading is wholly its document's: what it
// remembers is in the record that the caller keeps.
//
// What mend promises of its output: it is well-formed for encoding/xml, nested
// at most 64 deep, at most 256 attributes an element, at most 500,000 tags, at
// most 5,000 entries, and not larger than about twice its input; it holds no
// comment, no doctype, and no xml:base (bases are applied on the way, since
// gofeed amplifies them). A document that ends early loses the entry that was
// cut and keeps those before it, with [Feed.Cut] set: half an entry would be
// remembered as seen, and its other half would never be matched.
//
// # Identity
//
// An entry has up to three keys, strongest first: its guid; its link, made
// canonical; its title with host and day. Whoever looks for an entry by all of
// them survives feeds that rename their guids or move their links. A key that
// two different entries of one document share says nothing and is dropped.
package feed
