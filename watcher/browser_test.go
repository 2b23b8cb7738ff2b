package watcher_test

import (
	"bytes"
	"image/png"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// browse opens a page in headless Chromium and gives the picture's path, the
// document as the browser has it, and what the browser complained of.
func browse(t *testing.T, url, scheme string) (picture, document, complaints string) {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium on this machine: .ci/run installs it")
	}
	dir := t.TempDir()
	picture = filepath.Join(dir, "page.png")
	var stdout, stderr bytes.Buffer
	for _, what := range []string{"--screenshot=" + picture, "--dump-dom"} {
		cmd := exec.CommandContext(t.Context(), chromium,
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--user-data-dir="+dir, "--window-size=1200,1400",
			"--blink-settings=preferredColorScheme="+scheme, "--enable-logging=stderr", what, url)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("chromium: %v\n%s", err, &stderr)
		}
	}
	return picture, stdout.String(), stderr.String()
}

func TestBrowserShowsThePageLightAndDarkUnderItsOwnPolicy(t *testing.T) {
	x := withOneAlert(t, nil, onTopic)
	s := httptest.NewServer(x.w.Handler(""))
	defer s.Close()
	for scheme, want := range map[string]struct {
		name  string
		light bool
	}{"1": {"light", true}, "0": {"dark", false}} {
		picture, document, complaints := browse(t, s.URL, scheme)
		if !strings.Contains(document, "<mark>OpenAI</mark>") {
			t.Errorf("%s: the words are not marked:\n%s", want.name, document)
		}
		for line := range strings.Lines(complaints) {
			if strings.Contains(line, "CONSOLE") {
				t.Errorf("%s: the browser says: %s", want.name, line)
			}
		}
		if light := isLight(t, picture); light != want.light {
			t.Errorf("%s: the ground of the page is light: %v", want.name, light)
		}
	}
}

// isLight looks at the ground of a page, in its upper left corner.
func isLight(t *testing.T, picture string) bool {
	t.Helper()
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, _ := img.At(3, 3).RGBA()
	return r+g+b > 3*0x8000
}
