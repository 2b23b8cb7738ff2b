package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestMapOfTheReadmeNamesEveryPackage(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range imports(t) {
		if strings.HasPrefix(pkg, "deploy/") {
			continue // Of the tests, not of the program.
		}
		if !regexp.MustCompile(`(?m)^ *` + regexp.QuoteMeta(pkg) + ` `).Match(readme) {
			t.Errorf("the README's map has no line for %s", pkg)
		}
	}
}

func TestTourOfTheDaemonNamesFilesThatExist(t *testing.T) {
	tour, err := os.ReadFile(filepath.Join(top, "watcher", "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`[a-z]+\.go`).FindAllString(string(tour), -1)
	if len(names) < 5 {
		t.Fatalf("the tour names %d files, want the daemon's", len(names))
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(top, "watcher", name)); err != nil {
			t.Errorf("the tour names %s, which is not there", name)
		}
	}
}
