// Package deliver empties the outbox into receivers.
//
// # The model
//
// Each receiver has a lane: a worker of its own that claims one delivery from
// the [Outbox], renders it, sends it, and settles how that ended. Lanes share
// nothing but the transport, so a dead receiver delays no other, and none
// claims more than it is about to send, so that nothing is held back when it
// stops. What a lane knows is in the outbox; it may die at any moment.
//
// A kind of receiver is data (see kinds): a format, a way to send, a pace and a
// reading of the answer. The formats are pure functions of the alert, so each
// try of a delivery has the same bytes.
//
// Formats for people, but for a first report in text and in Slack, write down a
// message (see compose), which says once for all of them what each kind of alert
// has to say.
//
// # Promises
//
//   - At least once on the wire. The alert's ID goes out as webhook-id and as
//     the CloudEvent's id, so a webhook can tell a repeat. Slack, standard
//     output and files are given no such handle: there a repeat is seen.
//     It comes about when the program dies, or the connection, between a
//     request and its answer; such an attempt says "may have arrived".
//   - An attempt ends in one of three verdicts. Done: the receiver said yes.
//     Retry: no answer, 408, 425, 429, 5xx, a redirect (which is never
//     followed), or a yes that is not the service's own. Give-up, a dead letter:
//     any other 4xx at once, or the tenth try. What Slack tells a bot in a
//     body's "ok": false counts as the status that it stands for. The
//     detail of an attempt that failed begins with a word from a closed list,
//     see reason.
//   - Tries follow the ten steps that Standard Webhooks gives as an example,
//     over three days, with jitter. Retry-After wins over them and pauses all
//     that goes to the receiver. It does not use the steps up: a delivery is
//     given up when ten tries failed and the time of the steps is over, too.
//     Asked for several times in a row, the wait grows to 30 s at least.
//     A receiver that says yes again has what waits for it at once, paced, see
//     storage.Store.
//   - A Slack bot says what follows a story in the thread of its first report,
//     which what follows waits for: an attempt that ends as waited was not
//     made. Where the first report was given up, or its thread is gone, it is
//     said outside.
//   - A write to standard output that nobody reads is given up like a request
//     without an answer; what follows is not written before it has ended.
//   - When the context ends, an attempt under way has 5 s to come to an end and
//     is settled. Cut short, it is due again at once.
//   - No secret appears in a log line, an attempt or an error, and no text from
//     a feed can forge a line, a mention, a link or an escape sequence.
//
// # What is logged
//
// One warning when a receiver begins to fail and one line when it works again;
// each attempt only for debugging. So for the outbox.
package deliver
