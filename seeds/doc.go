// Package seeds holds what a fresh feedwatch starts with: a rule pack for one
// topic (OpenAI and Microsoft), a list of feeds, and seven briefs.
//
// All of it is data, embedded in the binary, so that `feedwatch run` without a
// configuration and `feedwatch demo` without a network have something to work
// on. The pack and the list are plain files that a user may copy and edit; a
// configuration names the built-in pack as "seeds".
//
// A brief tells the facts of one news report in our own words, and the rules it
// must set off. Five of them belong to the topic; the other two use its words in
// other senses and must set off nothing, because a demonstration of alerts is
// worth little without one of silence.
//
// The functions of this package give their own copy at each call and are safe
// for concurrent use.
package seeds
