package feed

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// shared gives the folder of conformance data, which lies beside the
// repository, or skips the test.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{sharedRoot()}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no conformance data at %s: set FEEDWATCH_SHARED to run this test", path)
	}
	return path
}

// sharedRoot is where the shared data lie, if they are there.
func sharedRoot() string {
	if root := os.Getenv("FEEDWATCH_SHARED"); root != "" {
		return root
	}
	return filepath.Join("..", "..", "..", "shared")
}

// listedTwice says how many entries of a real feed are there twice: the
// manifest counts <item>, and Parse gives such an entry once.
var listedTwice = map[string]int{
	"spacecowboy__Feeder__app__src__androidTest__resources__com__nononsenseapps__feeder__model__rss_ukrnet.xml": 1,
}

func TestRealFeedsAreReadWhole(t *testing.T) {
	root := shared(t, "feeds")
	file, err := os.Open(filepath.Join(root, "manifest.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	files, entries, want := 0, 0, 0
	for _, row := range rows[1:] {
		name, count := row[0], row[4]
		t.Run(filepath.Base(name), func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse(body, "", "https://feeds.example.com/feed.xml")
			if err != nil {
				t.Fatal(err)
			}
			n, _ := strconv.Atoi(count)
			files, entries, want = files+1, entries+len(f.Entries), want+n
			if len(f.Entries) != n-listedTwice[filepath.Base(name)] {
				t.Errorf("%d entries, the manifest says %d; warnings: %s", len(f.Entries), n, strings.Join(f.Warnings, "; "))
			}
			checkFeed(t, f)
		})
	}
	t.Logf("%d files, %d entries; the manifest lists %d", files, entries, want)
}

// checkFeed holds what is true of every feed that Parse gives.
func checkFeed(t *testing.T, f *Feed) {
	t.Helper()
	seen := map[Key]int{}
	for i, e := range f.Entries {
		if len(e.Keys) == 0 {
			t.Errorf("entry %d has no key", i)
		}
		for _, k := range e.Keys {
			if j, ok := seen[k]; ok && j != i {
				t.Errorf("entries %d and %d share a key", j, i)
			}
			seen[k] = i
		}
		if e.Link != "" && !isAbsolute(e.Link) {
			t.Errorf("entry %d: the link %q is not absolute", i, e.Link)
		}
	}
}

func TestSuccessivePollsKnowTheirEntriesAgain(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "feeds", "polls"), "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]map[Key]bool{} // feed -> keys seen so far
	ids := map[string]map[string]bool{}
	for _, file := range files { // In order of time, as their names have it.
		series, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(file), "gesab001__headlines__"), "__")
		if known[series] == nil {
			known[series], ids[series] = map[Key]bool{}, map[string]bool{}
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(body, "", "https://feeds.example.com/"+series)
		if err != nil {
			t.Fatal(err)
		}
		fresh := 0
		for _, e := range f.Entries {
			isNew := true
			for _, k := range e.Keys {
				isNew = isNew && !known[series][k]
			}
			if isNew {
				fresh++
				if ids[series][e.ID] {
					t.Errorf("%s: %q is new, and was listed before", filepath.Base(file), e.ID)
				}
			}
			for _, k := range e.Keys {
				known[series][k] = true
			}
			ids[series][e.ID] = e.ID != ""
		}
		t.Logf("%s: %d entries, %d new", filepath.Base(file), len(f.Entries), fresh)
	}
}
