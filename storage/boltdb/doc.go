// Package boltdb is the embedded engine of [storage.Store]: one file, one
// process, on go.etcd.io/bbolt.
//
// # On disk
//
// The directory holds feedwatch.db, the database, and store.id, a marker with
// the store's UUID, which also stands in the database. bbolt makes a new, empty
// database where it finds none or one of no length; the marker is how [Open]
// tells a first start from a lost file, and refuses the second.
//
// Each table is a bbolt bucket. Times in keys are 12 bytes that sort by time,
// receivers in keys have their length in front so that none is the prefix of
// another, and numbers are big-endian.
//
//	table     key                          value
//	meta      "schema"                     number of the layout, 4 bytes, no record
//	meta      "id"                         UUID, as text, no record
//	meta      "counts"                     counts of items, identities, watched feeds
//	feed      URL                          feed state, its number
//	note      feed number, "r" or "e"      the feed's Rhythm or Entry, which the store can't read
//	seen      feed number, identity        item ID, day last listed, digest of what it said
//	item      item ID                      item with its revisions
//	story     story ID                     story; the bucket's sequence gives all their revisions
//	latest    time of newest item, ID      nothing: the index of stories
//	was       story ID                     ID of the story into which that one was merged
//	alert     created, delivery ID         alert: written once
//	delivery  delivery ID                  state, due time, attempts: written often
//	due       receiver, due time, ID       1 while it is under way, else nothing
//	open      receiver, created, ID        nothing: the index of those that wait, by age
//	receiver  receiver                     its pace or pause, its counts, its last error
//
// A feed's number is four bytes in place of its URL, because identities are by
// far the most numerous records. There is no table of once-keys: a delivery's ID
// is derived from its once-key, so the key is taken as long as the delivery's
// record stands. An alert and its delivery are two records so that a claim and a
// settle write a hundred bytes and not the article again.
//
// All other values are records: a version
// byte, a CRC32C, and fields in a fixed order (codec.go). The checksum covers
// table and key too, so a record under the wrong key is noticed. bbolt itself
// has checksums only on its two meta pages. What fails its check is an error
// that wraps [storage.ErrDamaged] and names table and key; the layout of pages
// is checked in full when the file is opened (verify.go), before bbolt, which
// panics or spins on damage, gets to read it.
//
// # Writing
//
// Every write is a job for the one committer (committer.go), which puts all jobs
// that wait into one transaction. While its fsync runs the next jobs gather, so
// a lone writer waits for nothing and many share an fsync. Polls that bring items
// wait a few milliseconds for each other when there are many: one by one each
// would write a dozen pages of indexes anew. A job that fails before
// it wrote anything, because a claim is stale say, does not disturb the others;
// one that fails later is taken out and the rest run again without it.
//
// A poll that found nothing waits for no disk (kept.go). It is kept back until
// some other job is written, at most a quarter of a second, so that a transaction
// takes the place of hundreds. Its feed has its next time in memory at once, and is
// not claimed before it is written. What a kill costs is that the feeds of that
// quarter of a second are due as they were: each is asked once more, with the
// same validators, and says the same.
//
// A full disk or quota fails the jobs at hand with [storage.ErrFull]; reading
// goes on, and so does writing when there is room. Any other failure to write
// or sync is for good, [storage.ErrFailed]: after a failed fsync nobody knows
// what the disk holds, so the process must end and read it anew.
//
// # Leases
//
// bbolt's lock on the file proves that the process which had it before is gone,
// and what it had claimed with it. So a claim of a feed is never written: which
// feeds are due, and who polls them, is in memory (schedule.go), read from the
// feeds' records by Open, and a poll costs one transaction instead of two. The
// fence holds all the same: a commit is checked against the newest claim, and no
// claim is made of a feed from that check until the commit has ended.
//
// An attempt at a delivery must be counted before anything is sent, so these
// claims are written. Open makes deliveries under way pending, due at once, their
// attempt marked [storage.Interrupted].
//
// # Layouts and versions
//
// The tables above are layout 2. Open brings a store of layout 1, which had no
// stories and notes but an index of when feeds are due, up to it in one
// transaction, after it has put a copy beside it, feedwatch.db.layout1, which [Restore] takes; it refuses a
// newer layout. A record can gain fields under a new version byte, which needs no
// new layout: records of versions 1 to 3 are read, and written as version 4 when
// they change. Texts of articles are packed with s2 since version 4, which makes a
// store of articles a quarter smaller.
package boltdb
