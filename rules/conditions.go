package rules

import (
	"slices"
	"time"
)

// Conditions are what a rule asks of the story that an item tells, beyond the
// item's own text: until they are met its alert is held back. The zero value
// asks for nothing. Whoever groups items into stories applies them; in this
// package they are only read and checked.
type Conditions struct {
	MinOutlets int           // so many outlets tell the story
	MinTier    int           // an outlet of this tier or a better one does; 0: any
	Within     time.Duration // counted from the story's first item: met later, they do not count any more; 0: no limit
}

// Met tells whether a story with so many outlets, the best of them of this
// tier, fulfils the conditions so long after its first item.
func (c Conditions) Met(outlets, tier int, after time.Duration) bool {
	return outlets >= c.MinOutlets && (c.MinTier == 0 || tier <= c.MinTier) && (c.Within == 0 || after <= c.Within)
}

// story checks what a rule says of stories and takes it over.
func (r *packReader) story(i int, in ruleFile, rule *Rule) {
	at := func(key string) Pos { return r.file.Pos("rules", i, key) }
	if n := in.MinOutlets; n != nil {
		if rule.Asks.MinOutlets = *n; *n < 1 || *n > 100 {
			r.errorf(at("min_outlets"), "write how many outlets must tell the story, such as 3", "min_outlets can't be %d", *n)
		}
	}
	if n := in.MinTier; n != nil {
		if rule.Asks.MinTier = *n; *n < 1 || *n > 3 {
			r.errorf(at("min_tier"), "write 1 (the best), 2 or 3", "min_tier can't be %d", *n)
		}
	}
	if d := in.Within; d != nil {
		switch rule.Asks.Within = *d; {
		case *d <= 0:
			r.errorf(at("within"), "write a time such as 2h", "within must be longer than no time")
		case in.MinOutlets == nil && in.MinTier == nil:
			r.errorf(at("within"), "add min_outlets or min_tier, or take it out", "within limits the time of a condition, and there is none")
		}
	}
	if rule.PerItem && rule.Asks != (Conditions{}) {
		r.errorf(at("alert"), "write alert: story, or take the conditions out", "an alert for each item can't wait for its story")
	}
	rule.OnNew = in.On == nil || slices.Contains(in.On, "new")
	rule.OnChange = slices.Contains(in.On, "changed")
	for j, word := range in.On {
		if word != "new" && word != "changed" {
			r.errorf(r.file.Pos("rules", i, "on", j), "it is [new], [changed] or [new, changed]", "on can't be %q", word)
		}
	}
	if in.On != nil && len(in.On) == 0 {
		r.errorf(at("on"), "write [new], [changed] or [new, changed]", "on: names nothing, so the rule would never tell")
	}
}
