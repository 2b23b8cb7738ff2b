// Package story tells which texts report the same event.
//
// A [Grouper] holds the texts of a window, 72 hours by default, and puts each new
// one into the story that it belongs to, or founds a story with it. It holds no
// text: of each it keeps some forty words as hashes.
//
// A text joins a story
//
//   - that has its link, or its headline, outlet's name aside, unless the headline
//     is too short or common to tell an event;
//   - or that has a text near enough, and whose texts are on average not far off,
//     so that a chain of likenesses can't string different events together.
//
// How near two texts are is a weighted sum of what they share, weighed by how rare
// it is: words of headline and lead, names and what happens to them apart, amounts,
// word pairs; less for the hours between them. The dozen and a half weights are
// learned (logistic regression) from labelled news by the package's tests, which
// also measure them by leaving whole stories out. No word of a topic is among them.
//
// Never joined by nearness are live blogs, round-ups and their like, which would
// swallow everything; headlines that take opposite sides (approves, rejects), that
// name different versions or quarters (iPhone 15 and 16, Q1 and Q2); and texts
// known to be in different languages.
//
// # Order
//
// Placing the same texts in the same order gives the same stories. Another order
// gives the same pairs the same nearness (as long as the window holds under 512
// texts, before which its own word counts are not used), but since a text is placed
// once and never moved, it may meet a story before or after its other texts have
// come: groups can differ in their margins. What was joined stays joined until
// [Grouper.Move] says otherwise; forgetting only closes whole stories.
package story
