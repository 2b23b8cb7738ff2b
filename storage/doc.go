// Package storage says what feedwatch remembers: the nouns, and the one
// interface, [Store], behind which an engine keeps them.
//
// # The model
//
// A [Feed] is polled when it is due. A poll ends in one [Store.Commit]: the
// feed's new state, the [Item]s it brought and the stories they tell, the
// identities under which they will be known again, the [Change]s of items known
// before, and the [Alert]s all this causes, all or nothing. An alert in the store
// is a [Delivery]: the outbox hands it out with [Store.Claim], which counts the
// attempt before anything is sent, and [Store.Settle] writes down how the attempt
// ended. Alerts that no poll causes enter by [Store.Enqueue], and what a person
// says of a [Story] by [Store.Arrange].
//
// # What every engine promises
//
//   - Nothing is lost: what Commit returned without an error survives a kill at
//     any instruction and a power cut. A Commit that fails changes nothing. The
//     one exception is a [Poll] that is Idle, which found nothing that could be
//     lost: a kill may undo those of the last second, whose feeds are then asked
//     once more, before their time.
//   - Nothing is said twice: an alert whose once-key is taken is not stored
//     again, however often the poll that made it is repeated.
//   - Two pollers of one feed, or two senders of one delivery, are told apart:
//     the later claim wins and the earlier one gets [ErrStale].
//   - A story counts the items that are there, though many feeds add to it at
//     once: who decided by an older state of it gets [ErrConflict].
//   - Receivers do not wait for each other: each has its own due index, its own
//     pace and its own pause.
//   - No call holds a read transaction while its caller works: sequences are
//     read in pages, and what they yield is a copy.
//
// The suite in storage/storagetest is where these promises are checked, and the
// engines (storage/boltdb, and one day a shared one) pass it.
package storage
