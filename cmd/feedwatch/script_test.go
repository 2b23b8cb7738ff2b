package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script read like a user at a terminal. Beside what
// testscript offers they have:
//
//	origin DIR         serves the files of DIR, with validators, and sets $ORIGIN
//	hook FILE          takes webhooks, appends their bodies to FILE, and sets $HOOK;
//	                   while FILE.gone exists it answers 410
//	slack FILE         takes what the bot with the token xoxb-good posts as Slack does,
//	                   appends it to FILE, and sets $SLACK
//	subst FILE...      puts addresses and the folder into the files, where they say $ORIGIN, $HOOK, $SLACK or $WORK
//	readme FILE...     saves the README's YAML blocks as these files, in order
//	waitfor COMMAND    repeats the command until it succeeds, 20 seconds at most
//	until FILE REGEXP  waits until the file has a match, 20 seconds at most

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"feedwatch": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"origin": cmdOrigin, "hook": cmdHook, "slack": cmdSlack, "subst": cmdSubst, "until": cmdUntil, "readme": cmdReadme, "waitfor": cmdWaitFor,
		},
	})
}

func cmdOrigin(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := os.ReadFile(filepath.Join(dir, filepath.Clean("/"+r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		tag := fmt.Sprintf(`"%d"`, len(body))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write(body)
	}))
	ts.Defer(s.Close)
	ts.Setenv("ORIGIN", s.URL)
}

func cmdHook(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if _, err := os.Stat(f.Name() + ".gone"); err == nil {
			w.WriteHeader(http.StatusGone)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(f, "%s\n", body)
		fmt.Fprint(w, "ok") // What Slack answers.
	}))
	ts.Defer(func() { s.Close(); _ = f.Close() })
	ts.Setenv("HOOK", s.URL)
}

func cmdSlack(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil || r.URL.Path != "/api/chat.postMessage":
			fmt.Fprint(w, `{"ok":false,"error":"unknown_method"}`)
			return
		case r.Header.Get("Authorization") != "Bearer xoxb-good":
			fmt.Fprint(w, `{"ok":false,"error":"invalid_auth"}`)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		fmt.Fprintf(f, "%s\n", body)
		fmt.Fprintf(w, `{"ok":true,"channel":"C0123ABCD","ts":"1700000000.%06d"}`, n)
	}))
	ts.Defer(func() { s.Close(); _ = f.Close() })
	ts.Setenv("SLACK", s.URL+"/api")
}

func cmdSubst(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := strings.NewReplacer("$ORIGIN", ts.Getenv("ORIGIN"), "$HOOK", ts.Getenv("HOOK"), "$SLACK", ts.Getenv("SLACK"), "$WORK", ts.Getenv("WORK")).Replace(ts.ReadFile(name))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	var got []byte
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got, err = os.ReadFile(ts.MkAbs(args[0])); err == nil && want.Match(got) {
			return
		}
	}
	ts.Fatalf("%s has no match for %q within 20 s; it holds:\n%s", args[0], args[1], got)
}

// yamlBlock finds the files that the README tells a reader to save.
var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

func cmdReadme(ts *testscript.TestScript, _ bool, args []string) {
	readme, err := os.ReadFile(filepath.Join(repository, "README.md"))
	ts.Check(err)
	blocks := yamlBlock.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != len(args) {
		ts.Fatalf("the README has %d YAML blocks, want %d", len(blocks), len(args))
	}
	for i, name := range args {
		// Feeds come from here, and so may be reached.
		text := regexp.MustCompile(`https://[^,\s]+`).ReplaceAllStringFunc(blocks[i][1], func(u string) string {
			return ts.Getenv("ORIGIN") + "/feed.xml?" + u
		})
		if i == 0 {
			text += "network: {allow: [127.0.0.0/8]}\nstatus: {listen: 'off'}\n"
		}
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

func cmdWaitFor(ts *testscript.TestScript, _ bool, args []string) {
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = ts.Exec(args[0], args[1:]...); err == nil {
			return
		}
	}
	ts.Fatalf("%v: %v", args, err)
}

// repository is the root of the project, from a test of this package.
var repository = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err) // Unreachable unless the working directory is gone.
	}
	return dir
}()

// shellBlock finds the blocks of the README that a reader is meant to type.
var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

func TestEveryCommandOfTheReadmeIsRunByAScript(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/readme.txt")
	if err != nil {
		t.Fatal(err)
	}
	ci, err := os.ReadFile(filepath.Join(repository, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(readme), -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			n++
			typed := "exec " + strings.Replace(line, "go run ./cmd/feedwatch", "feedwatch", 1)
			if !strings.Contains(string(script), typed) && !strings.Contains(string(ci), line) {
				t.Errorf("the README's %q is in neither testdata/script/readme.txt nor .ci/run", line)
			}
		}
	}
	if n < 5 {
		t.Errorf("the README has %d commands, want at least 5: are its blocks still marked sh?", n)
	}
}
