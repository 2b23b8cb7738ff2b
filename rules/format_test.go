package rules

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The golden files say what formatting gives (.format); here is what must hold of
// every pack.

func TestFormattingIsStable(t *testing.T) {
	src, err := os.ReadFile("../seeds/openai-microsoft.yaml")
	if err != nil {
		t.Fatal(err)
	}
	once, err := Format("p", src)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Format("p", once)
	if err != nil {
		t.Fatal(err)
	}
	if string(once) != string(twice) {
		t.Error("a formatted pack is formatted otherwise")
	}
	if comments := strings.Count(string(src), "#"); strings.Count(string(once), "#") != comments {
		t.Error("comments are lost")
	}
}

func TestFormattingKeepsTheMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawTree(t)
		width := rapid.IntRange(1, 80).Draw(t, "width")
		text := strings.Join(layout(n, width), "\n")
		again, problems := parse(text)
		if failed(problems) || !equal(n, again) {
			t.Fatalf("%s became\n%s", n, text)
		}
		pack := fmt.Sprintf("rules:\n  - name: r # one\n    query: '%s'  # two\n    severity: low\n", strings.ReplaceAll(n.String(), "'", "''"))
		out, err := Format("p", []byte(pack))
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := Format("p", out); err != nil || string(twice) != string(out) {
			t.Fatalf("%s\nbecame\n%s\n%v", out, twice, err)
		}
	})
}
