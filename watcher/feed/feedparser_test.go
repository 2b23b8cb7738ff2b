package feed

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The files of the feedparser suite describe themselves: a comment holds HTTP
// headers to serve and a Python expression that must be true of the result.
// What of it maps onto Feed and Entry is scored here.

var (
	suiteHeader = regexp.MustCompile(`(?m)^Header:\s*([\w-]+):\s*(.*?)\s*$`)
	suiteExpect = regexp.MustCompile(`(?s)Expect:\s*(.*?)\s*-->`)
	suiteTerm   = regexp.MustCompile(`^(feed|entries\[(\d+)\])((?:\[[^\]]+\])+)\s*==\s*(.+)$`)
	suiteKey    = regexp.MustCompile(`\['?([^\]']+)'?\]`)
	suiteTuple  = regexp.MustCompile(`^\((\d+), (\d+), (\d+), (\d+), (\d+), (\d+),`)
	suiteString = regexp.MustCompile(`(?s)^(?:u|b)?('''|"""|'|")(.*?)('''|"""|'|")$`)
	suiteEscape = regexp.MustCompile(`\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))`)
)

// suiteFile is one file of the suite with what it says of itself.
type suiteFile struct {
	name, contentType, base string
	body                    []byte
	terms                   []string
}

func readSuite(t *testing.T, root string) []suiteFile {
	t.Helper()
	var files []suiteFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".xml" {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		f := suiteFile{name: filepath.ToSlash(name), body: body, base: "http://127.0.0.1:8097/tests/" + filepath.ToSlash(name)}
		text := string(decode(body, ""))
		for _, h := range suiteHeader.FindAllStringSubmatch(text[:min(len(text), 4096)], -1) {
			switch strings.ToLower(h[1]) {
			case "content-type":
				f.contentType = h[2]
			case "content-location":
				f.base = h[2]
			}
		}
		if m := suiteExpect.FindStringSubmatch(text); m != nil {
			expr := strings.TrimPrefix(strings.TrimPrefix(m[1], "not bozo and "), "bozo and ")
			f.terms = strings.Split(expr, " and ")
		}
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFeedparserSuiteIsReadWithoutError(t *testing.T) {
	ok, total := map[string]int{}, map[string]int{}
	for _, f := range readSuite(t, shared(t, "feeds", "feedparser")) {
		dir, _, _ := strings.Cut(f.name, "/")
		total[dir]++
		got, err := Parse(f.body, f.contentType, f.base)
		switch {
		case err == nil:
			ok[dir]++
			checkFeed(t, got)
		default:
			t.Logf("%s: %v", f.name, err)
		}
	}
	least := map[string]int{"wellformed": 868, "encoding": 38, "entities": 141, "illformed": 9}
	for dir, n := range total {
		t.Logf("%s: %d of %d", dir, ok[dir], n)
		if ok[dir] < least[dir] {
			t.Errorf("%s: %d files were read; it has been %d", dir, ok[dir], least[dir])
		}
	}
}

func TestFeedparserSuiteIsUnderstood(t *testing.T) {
	passed, scored := map[string]int{}, map[string]int{}
	missed := map[string]string{}
	for _, f := range readSuite(t, shared(t, "feeds", "feedparser")) {
		dir := filepath.Dir(f.name)
		if slices.Contains([]string{"sanitize", "amp", "lang", "http"}, filepath.Base(dir)) {
			continue
		}
		got, err := Parse(f.body, f.contentType, f.base)
		verdict, applies := "", false
		for _, term := range f.terms {
			switch diff, known := judge(term, got, err); {
			case !known:
			case diff != "":
				applies, verdict = true, diff
			default:
				applies = true
			}
		}
		if !applies {
			continue
		}
		scored[dir]++
		if verdict == "" {
			passed[dir]++
		} else {
			missed[f.name] = verdict
		}
	}
	sum, all := 0, 0
	for _, dir := range slices.Sorted(maps.Keys(scored)) {
		t.Logf("%-24s %d of %d", dir, passed[dir], scored[dir])
		sum, all = sum+passed[dir], all+scored[dir]
	}
	t.Logf("understood: %d of %d", sum, all)
	compareMisses(t, missed)
}

// compareMisses holds the misses against the list of those that are known, so
// that nothing gets worse unseen. -update writes the list anew.
func compareMisses(t *testing.T, missed map[string]string) {
	t.Helper()
	file := filepath.Join("testdata", "feedparser-misses.txt")
	names := slices.Sorted(maps.Keys(missed))
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(names, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	list, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Fields(string(list))
	for _, name := range names {
		if !slices.Contains(known, name) {
			t.Errorf("%s: %s", name, missed[name])
		}
	}
	for _, name := range known {
		if _, ok := missed[name]; !ok {
			t.Errorf("%s is understood now: take it off %s", name, file)
		}
	}
}

// judge compares one term of an expectation. known is false for what this
// program has no field for.
func judge(term string, f *Feed, err error) (diff string, known bool) {
	m := suiteTerm.FindStringSubmatch(strings.TrimSpace(term))
	if m == nil {
		return "", false
	}
	var path []string
	for _, k := range suiteKey.FindAllStringSubmatch(m[3], -1) {
		path = append(path, k[1])
	}
	key := strings.Join(path, ".")
	if err != nil || f == nil {
		return fmt.Sprint(err), true
	}
	got, known := feedField(f, key), true
	if m[1] != "feed" && !hasField(key) {
		return "", false
	}
	if m[1] != "feed" {
		n, _ := strconv.Atoi(m[2])
		if n >= len(f.Entries) {
			return "no such entry", true
		}
		got = entryField(&f.Entries[n], key)
	}
	if got == nil {
		return "", false
	}
	want := literal(m[4])
	if want == nil {
		return "", false
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Sprintf("%s %s is %q, want %q", m[1], key, fmt.Sprint(got), fmt.Sprint(want)), true
	}
	return "", known
}

func feedField(f *Feed, key string) any {
	switch key {
	case "title", "title_detail.value":
		return f.TitleHTML
	case "link":
		return f.Link
	case "language":
		return f.Language
	}
	return nil
}

func entryField(e *Entry, key string) any {
	summary := e.Summary
	if summary == "" {
		summary = e.Content
	}
	switch key {
	case "title", "title_detail.value":
		return e.TitleHTML
	case "link":
		return e.Link
	case "id", "guid":
		return e.ID
	case "summary", "description", "summary_detail.value", "description_detail.value":
		return summary
	case "content.0.value":
		return e.Content
	case "published_parsed", "issued_parsed":
		return stamp(e.Published)
	case "updated_parsed", "modified_parsed", "date_parsed":
		if e.Updated.IsZero() {
			return stamp(e.Published)
		}
		return stamp(e.Updated)
	case "author_detail.name":
		return e.Author
	case "tags.0.term":
		if len(e.Categories) > 0 {
			return e.Categories[0]
		}
	}
	return nil
}

// hasField says whether an entry has a field for the key.
func hasField(key string) bool {
	return entryField(&Entry{Categories: []string{""}}, key) != nil
}

func stamp(at time.Time) string { return at.UTC().Format(time.DateTime) }

// literal reads a Python string or time tuple.
func literal(s string) any {
	if m := suiteTuple.FindStringSubmatch(s); m != nil {
		var n [6]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1])
		}
		return stamp(time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC))
	}
	m := suiteString.FindStringSubmatch(s)
	if m == nil || m[1] != m[3] {
		return nil
	}
	return suiteEscape.ReplaceAllStringFunc(m[2], func(e string) string {
		p := suiteEscape.FindStringSubmatch(e)
		if hex := p[1] + p[2]; hex != "" {
			n, _ := strconv.ParseUint(hex, 16, 32)
			return string(rune(n))
		}
		switch p[3] {
		case "n":
			return "\n"
		case "t":
			return "\t"
		case "r":
			return "\r"
		}
		return p[3]
	})
}
