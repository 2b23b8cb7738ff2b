// Package rules is the rule language: it parses, checks and compiles Boolean
// queries over news items, matches documents against all of them at once, and
// explains each decision.
package rules
