package deliver

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// canaries are secrets that must be found nowhere.
var canaries = []string{
	"c4nary-path-segment", "c4nary-query-value", "c4nary-password", "c4nary-header", "Y2FuYXJ5LWtleS1jYW5hcnkta2V5", "c4nary-raw-key", "xoxb-1-c4nary-token",
}

// withCanaries puts a secret into every place of a receiver that holds one.
func withCanaries(kind, base string) Receiver {
	u, err := url.Parse(base)
	if err != nil {
		panic("unreachable unless a test names a bad address: " + err.Error())
	}
	u.User = url.UserPassword("user", canaries[2])
	u.Path, u.RawQuery = "/services/T1/"+canaries[0], "sig="+canaries[1]
	if kind == "slack bot" {
		return Receiver{
			Name: "r", Kind: "slack", URL: egress.Secret(base + "/api"), Timeout: 100 * time.Millisecond,
			Token: egress.Secret(canaries[6]), Channel: "C0123ABCD",
		}
	}
	return Receiver{
		Name: "r", Kind: kind, URL: egress.Secret(u.String()), Timeout: 100 * time.Millisecond,
		Secrets: []egress.Secret{egress.Secret("whsec_" + canaries[4]), egress.Secret(canaries[5])},
		Header:  map[string]egress.Secret{"X-Token": egress.Secret(canaries[3])},
	}
}

// parrot answers with all it was told, as debugging pages do.
func parrot(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		w.Header().Set("Location", r.URL.String())
		w.WriteHeader(status)
		fmt.Fprintf(w, "%s %s %s %s %s", r.URL, r.URL.Path, password, r.Header.Get("X-Token"), r.Header.Get("Authorization"))
		io.WriteString(w, r.Host+r.URL.RequestURI())
	}
}

// syncBuffer may be written by several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func TestNoSecretIsLoggedKeptOrToldWhateverFails(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	ways := map[string]string{
		"400": serve(t, parrot(400)), "403": serve(t, parrot(403)), "410": serve(t, parrot(410)), "500": serve(t, parrot(500)),
		"307": serve(t, parrot(307)), "hang": serve(t, hang), "hang up": serve(t, hangUp), "200": serve(t, parrot(200)),
		"ok:false": serve(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"ok":false,"error":%q,"x":%q}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get("Authorization"))
		}),
		"closed": closed.URL, "refused": "http://10.255.255.1", "name": "http://no-such-host.invalid", "tls": strings.Replace(serve(t, hang), "http:", "https:", 1),
	}
	for name, base := range ways {
		for _, kind := range []string{"webhook", "slack", "slack bot"} {
			r := withCanaries(kind, base)
			var out syncBuffer
			box := (&memory{}).add(alertTo("r", "fw_1"))
			d, err := New(Config{
				Outbox: box, Receivers: []Receiver{r}, Transport: loopback(t),
				Log: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Settled: func(receiver string, a storage.Attempt, alert storage.Alert) {
					fmt.Fprintf(&out, "%s %+v %+v", receiver, a, alert)
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Drain(t.Context()); err != nil {
				t.Error(err)
			}
			tried, err := d.Try(t.Context(), "r")
			fmt.Fprintf(&out, "%+v %v %+v %#v %+v", tried, err, box.get("fw_1"), r, r)
			text := out.b.String()
			if !strings.Contains(text, "attempt") || tried.Ended.IsZero() {
				t.Fatalf("%s, %s: nothing was tried: %s", name, kind, text)
			}
			for _, c := range canaries {
				if strings.Contains(text, c) {
					t.Errorf("%s, %s: %q in %s", name, kind, c, text)
				}
			}
		}
	}
}
