package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/feedwatch/feedwatch"
	top    = "../.."
)

// arrows says what each package may import from this module: the walls that
// let rules, storage and feed dialects be read, and changed, one at a time.
// A new package needs a row, so that where it stands is a decision.
var arrows = map[string][]string{
	"cmd/feedwatch": {
		"watcher", "watcher/deliver", "watcher/egress", "watcher/feed", "watcher/story",
		"rules", "rules/strictyaml", "storage", "storage/boltdb", "seeds", "seeds/draft", "seeds/lexicon",
	},
	"watcher":             {"watcher/deliver", "watcher/egress", "watcher/feed", "watcher/story", "rules", "storage"},
	"watcher/deliver":     {"watcher/egress", "storage"},
	"watcher/egress":      {},
	"watcher/feed":        {"watcher/egress"},
	"watcher/story":       {"rules"},
	"rules":               {"rules/strictyaml"},
	"rules/strictyaml":    {},
	"seeds":               {"rules", "rules/strictyaml"},
	"seeds/draft":         {"rules", "seeds/lexicon"},
	"seeds/lexicon":       {"rules"},
	"seeds/lexicon/build": {"rules"},
	"storage":             {},
	"storage/boltdb":      {"storage"},
	"storage/storagetest": {"storage"},
	"deploy/test/origin":  {}, // checks from outside, so it shares nothing
}

// imports gives, for each package of the tree, what its code imports from this
// module. Tests may import more: they need real engines.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string]map[string]bool{}
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != top):
			return fs.SkipDir
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(top, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		if found[pkg] == nil {
			found[pkg] = map[string]bool{}
		}
		return addImports(found[pkg], file)
	})
	if err != nil {
		t.Fatal(err)
	}
	sorted := map[string][]string{}
	for pkg, set := range found {
		sorted[pkg] = slices.Sorted(maps.Keys(set))
	}
	return sorted
}

func addImports(set map[string]bool, file string) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if ours, ok := strings.CutPrefix(name, module+"/"); ok {
			set[ours] = true
		}
	}
	return nil
}

func TestArrowsPointDown(t *testing.T) {
	tree := imports(t)
	for pkg, imported := range tree {
		allowed, known := arrows[pkg]
		if !known {
			t.Errorf("package %s has no row: say in arrows what it may import", pkg)
		}
		for _, name := range imported {
			if known && !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s, which it must not know", pkg, name)
			}
		}
	}
	for pkg := range arrows {
		if _, ok := tree[pkg]; !ok {
			t.Errorf("arrows has a row for %s, which does not exist", pkg)
		}
	}
}

func TestPackagesAreNamedForWhatTheyHold(t *testing.T) {
	for pkg := range imports(t) {
		for _, word := range []string{"util", "helper", "common", "manager", "misc"} {
			if strings.Contains(path.Base(pkg), word) {
				t.Errorf("package %s: %q names nothing that a reader looks for", pkg, word)
			}
		}
	}
}

func TestTopLevelHoldsNothingElse(t *testing.T) {
	allowed := []string{
		"cmd", "watcher", "rules", "storage", "seeds", "deploy",
		"go.mod", "go.sum", "README.md", "LICENSE", ".*",
	}
	allowed = append(allowed, ignored(t)...)
	entries, err := os.ReadDir(top)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		matches := func(pattern string) bool {
			ok, err := path.Match(pattern, entry.Name())
			return ok && err == nil
		}
		if !slices.ContainsFunc(allowed, matches) {
			t.Errorf("%s does not belong at the top of the repository", entry.Name())
		}
	}
}

// ignored gives the patterns that .gitignore has for the top level.
func ignored(t *testing.T) (patterns []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.FieldsSeq(string(text)) {
		patterns = append(patterns, strings.Trim(line, "/"))
	}
	return patterns
}
