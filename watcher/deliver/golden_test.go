package deliver

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/feedwatch/feedwatch/storage"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestFormatsAreGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := alertFromJSON(t, ar.Files[0].Data)
			got := &txtar.Archive{Comment: ar.Comment, Files: append(ar.Files[:1:1], rendered(t, a)...)}
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(ar)), string(txtar.Format(got))); diff != "" {
				t.Errorf("-golden +got; if it is right, run with -update:\n%s", diff)
			}
		})
	}
}

// rendered is an alert in every format, fit for reading.
func rendered(t *testing.T, a *storage.Alert) []txtar.File {
	o := options{source: "feedwatch"}
	inColour := textFormat(options{colour: true}, a)
	files := []txtar.File{
		{Name: "stdout.txt", Data: textFormat(o, a)},
		{Name: "colour.txt", Data: bytes.ReplaceAll(inColour, []byte("\x1b"), []byte("^["))},
		{Name: "event.json", Data: indented(t, eventFormat(o, a))},
		{Name: "slack.json", Data: indented(t, slackFormat(o, a))},
		{Name: "alert.md", Data: markdownFormat(o, a)},
		{Name: "alert.html", Data: htmlFormat(o, a)},
	}
	if a.Parent != "" {
		o.threaded = true
		files = append(files, txtar.File{Name: "thread.json", Data: indented(t, slackFormat(o, a))})
	}
	return files
}

func indented(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	// The escapes of encoding/json hide what the formats do about < > &.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String())
	return []byte(text + "\n")
}

// alertFromJSON reads an alert and finds the places of its spans.
func alertFromJSON(t *testing.T, data []byte) *storage.Alert {
	t.Helper()
	var a storage.Alert
	var address struct{ Item struct{ Feed string } } // Which storage's JSON leaves out.
	if err := errors.Join(json.Unmarshal(data, &a), json.Unmarshal(data, &address)); err != nil {
		t.Fatal(err)
	}
	a.Item.Feed = address.Item.Feed
	for _, m := range a.Matches {
		for i := range m.Spans {
			place(t, &m.Spans[i], &a.Item)
		}
	}
	return &a
}

func place(t *testing.T, s *storage.Span, it *storage.Item) {
	t.Helper()
	if s.Start < 0 {
		s.Start = 0
		return
	}
	text := map[string]string{"title": it.Title, "body": it.Text}[s.Field]
	if s.Start = strings.Index(text, s.Text); s.Start < 0 {
		t.Fatalf("%q does not stand in the %s", s.Text, s.Field)
	}
	s.End = s.Start + len(s.Text)
}
