// Package story tells which texts report the same event.
//
// A [Grouper] holds the texts of a window, 72 hours by default, and puts each new
// one into the story that it belongs to, or founds a story with it. It holds no
// text: of each it keeps some forty words as hashes, of an article up to 64.
//
// A text joins a story
//
//   - that has its link, or its headline, outlet's name aside, unless the headline
//     is too short or common to tell an event;
//   - or that has a text near enough, and whose texts are on average not far off,
//     so that a chain of likenesses can't string different events together.
//
// Where it may join several, and their own texts resemble each other, these are one
// story from then on ([Placement.Joins]), but never against a person's word.
//
// How near two texts are is a weighted sum of what they share, weighed by how rare
// it is: words of headline and lead, names and what happens to them apart, amounts,
// word pairs; what headlines say is done (hires, sues, cuts); whether they tell what
// is, or what may be, or talk about it; the hours between them. The weights, one a
// feature and one for each two of them, are learned (logistic regression) from labelled
// news by the package's tests, which also measure them by leaving whole stories out.
// No word of a topic is among them. Of English and Polish it knows which words say the
// same of what is done; of other languages, how words begin.
//
// How rare a word is, English at large says at first, and the more the window holds
// the more it says: what firms and people are in many of its stories says little.
// Stories are counted for that, not texts, so that one story that everybody tells
// does not wear out its own words.
//
// Whole articles are compared by the rare words that they dwell on besides, since
// their headlines are often missing or mangled by whoever passed them on.
//
// Never joined by nearness are live blogs, round-ups and their like, which would
// swallow everything; headlines that take opposite sides (approves, rejects), that
// name different versions or quarters (iPhone 15 and 16, Q1 and Q2), or say no more
// than "Acme earnings"; and texts known to be in different languages.
//
// # Order
//
// Placing the same texts in the same order gives the same stories. Copies (the same
// link, or a telling headline) are together in every order. Otherwise another order
// of arrival moves the margins of stories: a text is placed once, by what has come so
// far. Joins mend most of it; the tests say what is left. What was joined stays joined
// until [Grouper.Move] says otherwise; forgetting only closes whole stories.
package story
