// Package watcher is the daemon: it polls feeds when they are due, finds what is
// new, matches it, and writes items and alerts in one commit.
//
// # The way of an item
//
//	schedule -> fetch -> parse -> new? -> match -> story -> COMMIT -> deliver -> settle
//
// Read poll.go first: it is the pipeline on two pages. The other files stand
// around it.
//
//   - schedule.go reads schedules; it and upkeep.go are all that know of cron.
//   - plan.go says when a feed is polled next: a pure function of what the
//     store remembers and what the configuration wants, so that a restart or a
//     reload never polls early.
//   - dispatch.go claims feeds that are due, crew.go has workers poll them;
//     hosts.go keeps polls of one host apart.
//   - silence.go says when a listing or an item is no news.
//   - listing.go parts what is new from what is known, and changes.go finds
//     known entries that say something else.
//   - stories.go says which story an item tells, arrivals.go commits items with
//     their stories, and tell.go decides who hears what of it: the first report,
//     a follow-up, nothing yet. correction.go does so for a change, and alerts.go
//     says where a rule's alerts go.
//   - arrange.go merges and splits stories by a person's word.
//   - health.go, ailing.go and surge.go make notices, brief.go briefs; upkeep.go
//     runs them, and prunes.
//   - status.go, metrics.go and http.go show what goes on.
//
// # Promises
//
// Items, the identities they will be known by, and their alerts are one
// transaction with the validators of the answer that brought them: a process
// that dies before it asks again with the old validators, and one that dies
// after has the alerts in the outbox.
//
// A poll that found nothing waits for no disk: the store may write it up to a
// second later. Within a process no feed is ever asked early. A process that is
// killed may ask those feeds once more that answered "nothing new" in its last
// second, each with its validators; nothing else is repeated.
//
// A first listing is silent, and so is one that comes back after a month, or one
// whose entries all changed their ids; the log says so in one line.
//
// A receiver hears of a story once, whatever tells it and whatever rules match;
// what comes later is a follow-up. Grouping never drops an item.
//
// One feed that fails, drips or lies delays no other: each poll has a worker to
// itself and a time limit, and waits for its host without holding a place.
package watcher
