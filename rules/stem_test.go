package rules

import "testing"

func TestAMetStemIsFoundWithoutAllocating(t *testing.T) {
	set := mustCompile(t, "restructure~ AND title:absent")
	d := &Doc{Title: "Restructuring plans of restaurants", Body: "They restructured it."}
	r := newReader(set) // the pool allocates as it likes when the race detector is on
	r.match(d)
	if n := testing.AllocsPerRun(100, func() { r.match(d) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
