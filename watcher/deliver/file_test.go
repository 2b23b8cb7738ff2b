package deliver

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/feedwatch/feedwatch/storage"
)

// drainInto delivers alerts to one receiver and gives the outbox.
func drainInto(t *testing.T, c Config, r Receiver, ids ...string) *memory {
	t.Helper()
	r.Name = "r"
	box := &memory{}
	for _, id := range ids {
		box.add(alertTo("r", id))
	}
	c.Outbox, c.Receivers = box, []Receiver{r}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return box
}

func TestFileGetsALineEachAndKeepsWhatItHas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.jsonl")
	for _, ids := range [][]string{{"fw_1", "fw_2"}, {"fw_3"}} {
		if box := drainInto(t, Config{}, Receiver{Kind: "file", Path: path}, ids...); box.states()[storage.Delivered] != len(ids) {
			t.Errorf("%v: %v", ids, box.states())
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for line := range strings.Lines(string(data)) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%v in %q", err, line)
		}
		ids = append(ids, e.ID)
	}
	if got := strings.Join(ids, " "); got != "fw_1 fw_2 fw_3" {
		t.Errorf("got %s", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestTornLineIsNotGluedToTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.jsonl")
	if err := os.WriteFile(path, []byte(`{"id":"half`), 0o600); err != nil {
		t.Fatal(err)
	}
	drainInto(t, Config{}, Receiver{Kind: "file", Path: path}, "fw_1")
	data, _ := os.ReadFile(path)
	if lines := bytes.Split(data, []byte("\n")); len(lines) != 3 || !json.Valid(lines[1]) {
		t.Errorf("got %q", data)
	}
}

func TestFileThatCannotBeWrittenIsTriedAgain(t *testing.T) {
	dir := t.TempDir()
	for path, why := range map[string]string{
		dir:                                "directory",
		filepath.Join(dir, "missing", "x"): "no such file",
		"/dev/null":                        "not a regular file; name another path",
	} {
		box := drainInto(t, Config{}, Receiver{Kind: "file", Path: path}, "fw_1")
		a := box.get("fw_1").Attempts[0]
		if a.Verdict != storage.Retry || !strings.HasPrefix(a.Detail, "write: ") || !strings.Contains(a.Detail, path) || !strings.Contains(a.Detail, why) {
			t.Errorf("%s: %s, %q", path, a.Verdict, a.Detail)
		}
	}
}

// fullWriter is standard output on a full disk.
type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestStandardOutputGetsAlertsAndItsFailureIsTriedAgain(t *testing.T) {
	var out bytes.Buffer
	drainInto(t, Config{Stdout: &out}, Receiver{Kind: "stdout"}, "fw_1", "fw_2")
	if n := strings.Count(out.String(), "[Title] of fw_"); n != 2 {
		t.Errorf("%d alerts in %q", n, out.String())
	}
	box := drainInto(t, Config{Stdout: fullWriter{}}, Receiver{Kind: "stdout"}, "fw_1")
	if a := box.get("fw_1").Attempts[0]; a.Verdict != storage.Retry || !strings.HasPrefix(a.Detail, "write: ") {
		t.Errorf("%s, %q", a.Verdict, a.Detail)
	}
}
