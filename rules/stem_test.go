package rules

import "testing"

func TestAMetStemIsFoundWithoutAllocating(t *testing.T) {
	set := mustCompile(t, "restructure~ AND title:absent")
	d := &Doc{Title: "Restructuring plans of restaurants", Body: "They restructured it."}
	set.Match(d)
	if n := testing.AllocsPerRun(100, func() { set.Match(d) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
