// Package storagetest holds what every [storage.Store] must do, as tests, and
// stores that fail on purpose, for the tests of those who use one.
//
// [Test] is the suite: one subtest a promise, named as the rule it checks, and
// last a random walk (model.go) in which an engine and a plain model in memory
// are given the same watches, polls, claims, settles, replays and crashes, and
// must agree on everything that can be asked. An engine passes by calling Test
// from a test of its own; what is special to it (damaged files, a full disk) is
// tested beside it.
//
// [Failing] stands between a caller and a real store and makes chosen calls
// fail, either before they reach the store or after the store has done them.
package storagetest
