package feed

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// folder makes one with a feed in it and gives it with the file's address.
func folder(t *testing.T) (dir, address string) {
	t.Helper()
	dir = t.TempDir()
	name := filepath.Join(dir, "feed.xml")
	if err := os.WriteFile(name, []byte(tinyFeed), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, "file://" + filepath.ToSlash(name)
}

func TestFilesAreReadLikeFeedsWhereTheyAreAllowed(t *testing.T) {
	dir, address := folder(t)
	f := &Fetcher{Files: []string{t.TempDir(), dir}}
	first := fetch(t, f, Request{URL: address})
	if string(first.Body) != tinyFeed || first.ETag == "" || first.LastModified == "" || first.Status != 200 || first.Wire != int64(len(tinyFeed)) {
		t.Errorf("got %+v", first)
	}
	if same := fetch(t, f, next(address, first)); !same.Unchanged || same.Status != 304 {
		t.Errorf("the file again: %+v", same)
	}
	name := filepath.Join(dir, "feed.xml")
	changed := strings.Replace(tinyFeed, "One", "Two", 1) // As long, and within the same second.
	if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, time.Time{}, time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if second := fetch(t, f, next(address, first)); string(second.Body) != changed {
		t.Errorf("the changed file: %+v", second)
	}
	if got := fetch(t, f, Request{URL: strings.Replace(address, "file://", "file://localhost", 1)}); got.Status != 200 {
		t.Errorf("by this machine's name: %+v", got)
	}
}

func TestFilesAreRefusedOtherwise(t *testing.T) { // point 56
	dir, address := folder(t)
	outside, secret := folder(t)
	if err := os.Symlink(filepath.Join(outside, "feed.xml"), filepath.Join(dir, "link.xml")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	allowed := &Fetcher{Files: []string{dir}}
	for name, c := range map[string]struct {
		f       *Fetcher
		address string
	}{
		"none are allowed":         {&Fetcher{}, address},
		"in another folder":        {allowed, secret},
		"above the folder":         {allowed, "file://" + dir + "/../" + filepath.Base(outside) + "/feed.xml"},
		"above it, escaped":        {allowed, "file://" + dir + "/%2e%2e/" + filepath.Base(outside) + "/feed.xml"},
		"through a symbolic link":  {allowed, "file://" + dir + "/link.xml"},
		"a pipe":                   {allowed, "file://" + dir + "/pipe"},
		"the folder":               {allowed, "file://" + dir},
		"on another machine":       {allowed, "file://other.example/feed.xml"},
		"an address without slash": {allowed, "file:feed.xml"},
	} {
		if resp, err := c.f.Fetch(t.Context(), Request{URL: c.address}); err == nil {
			t.Errorf("%s: got %+v", name, resp)
		}
	}
	if _, err := allowed.Fetch(t.Context(), Request{URL: address + "x"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	o := serve(t, redirectTo(address))
	f := newFetcher(t)
	f.Files = []string{dir}
	if s := refusal(t, f, Request{URL: o.URL}); s.Reason != ReasonRedirect {
		t.Errorf("a redirect to an allowed file: %+v", s)
	}
}

func TestFilesAreBoundedAndJudgedLikeAnswers(t *testing.T) {
	dir, address := folder(t)
	f := &Fetcher{Files: []string{dir}, MaxBytes: 10}
	if s := refusal(t, f, Request{URL: address}); s.Reason != ReasonTooLarge {
		t.Errorf("more than may be: %+v", s)
	}
	f.MaxBytes = 0
	for body, reason := range map[string]string{"": ReasonEmpty, "<html><body>x</body></html>": ReasonHTML} {
		if err := os.WriteFile(filepath.Join(dir, "feed.xml"), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if s := refusal(t, f, Request{URL: address}); s.Reason != reason {
			t.Errorf("%q: %+v", body, s)
		}
	}
}

func TestFolderIsOnlyOfFilesOnThisMachine(t *testing.T) {
	for address, want := range map[string]string{
		"file:///srv/feeds/news.xml":          "/srv/feeds",
		"file://localhost/srv/feeds/news.xml": "/srv/feeds",
		"file:///news.xml":                    "/",
		"file:///srv/feeds/":                  "",
		"file:news.xml":                       "",
		"file://other.example/srv/news.xml":   "",
		"https://news.example/srv/news.xml":   "",
		"":                                    "",
	} {
		if got := Folder(address); got != want {
			t.Errorf("Folder(%q) = %q, want %q", address, got, want)
		}
	}
}
