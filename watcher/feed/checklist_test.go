package feed

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var (
	checklistRow  = regexp.MustCompile(`(?m)^//\t *(\d+)  .+? +(feed|egress|watcher|cmd) +(Test\w+)$`)
	testFunction  = regexp.MustCompile(`(?ms)^func (Test\w+)\(.*?^}`)
	numberedName  = regexp.MustCompile(`"(\d+(?:(?: and | )\d+)*)[ "]`)
	numberedPoint = regexp.MustCompile(`// points? (\d[^\n]*)`)
	aNumber       = regexp.MustCompile(`\d+`)
	aRange        = regexp.MustCompile(`(\d+) to (\d+)`)
)

// checklistFolders are where the packages of the checklist have their tests.
var checklistFolders = map[string]string{
	"feed": ".", "egress": filepath.Join("..", "egress"), "watcher": "..", "cmd": filepath.Join("..", "..", "cmd", "feedwatch"),
}

// tests gives the source of each test function in a folder, by name.
func tests(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", folder, err)
	}
	found := map[string]string{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range testFunction.FindAllSubmatch(source, -1) {
			found[string(f[1])] = string(f[0])
		}
	}
	return found
}

// points lists the numbers that a test carries: those that a name in it begins
// with, and those of its comments about points.
func points(source string) map[int]bool {
	out := map[int]bool{}
	add := func(text string) {
		for _, n := range aNumber.FindAllString(text, -1) {
			i, _ := strconv.Atoi(n)
			out[i] = true
		}
	}
	for _, m := range numberedName.FindAllStringSubmatch(source, -1) {
		add(m[1])
	}
	for _, m := range numberedPoint.FindAllStringSubmatch(source, -1) {
		add(m[1])
		for _, r := range aRange.FindAllStringSubmatch(m[1], -1) {
			from, _ := strconv.Atoi(r[1])
			to, _ := strconv.Atoi(r[2])
			for ; from < to; from++ {
				out[from] = true
			}
		}
	}
	return out
}

func TestEachPointOfTheChecklistHasItsTest(t *testing.T) {
	source, err := os.ReadFile("checklist.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := checklistRow.FindAllStringSubmatch(string(source), -1)
	if len(rows) != 78 {
		t.Errorf("the checklist has %d points, want 78", len(rows))
	}
	known := map[string]map[string]string{}
	for where, folder := range checklistFolders {
		known[where] = tests(t, folder)
	}
	for i, row := range rows {
		number, where, name := row[1], row[2], row[3]
		if number != strconv.Itoa(i+1) {
			t.Fatalf("after point %d comes %s", i, number)
		}
		body, ok := known[where][name]
		switch {
		case !ok:
			t.Errorf("point %s: there is no %s in %s", number, name, where)
		case (where == "feed" || where == "egress") && !points(body)[i+1]:
			t.Errorf("point %s: %s in %s does not carry its number", number, name, where)
		}
	}
}
