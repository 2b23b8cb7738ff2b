package deliver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

const botToken = "xoxb-0-1-abcdefgh"

// workspace is a Slack on loopback: it keeps what is posted in its one channel.
type workspace struct {
	mu     sync.Mutex
	posted []botMessage
	asked  int
	// say may answer in place of the workspace: with a status, a body and a
	// Retry-After. An empty body leaves it to the workspace.
	say func(n int, m botMessage) (int, string, string)
}

func (w *workspace) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	var m botMessage
	no := func(word string) { fmt.Fprintf(rw, `{"ok":false,"error":%q}`, word) }
	if r.URL.Path != "/api/chat.postMessage" || r.Method != http.MethodPost {
		no("unknown_method")
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		no("invalid_json")
		return
	}
	if w.say != nil {
		if status, body, after := w.say(w.asked, m); body != "" {
			if after != "" {
				rw.Header().Set("Retry-After", after)
			}
			rw.WriteHeader(status)
			fmt.Fprint(rw, body)
			return
		}
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer "+botToken:
		no("invalid_auth")
	case m.Channel != "C0123ABCD":
		no("channel_not_found")
	case m.Thread != "" && !strings.HasPrefix(m.Thread, "1700000000."):
		no("thread_not_found")
	default:
		w.posted = append(w.posted, m)
		fmt.Fprintf(rw, `{"ok":true,"channel":"C0123ABCD","ts":"1700000000.%06d","message":{"text":"…"}}`, len(w.posted))
	}
}

// bot is a receiver at the workspace.
func (w *workspace) bot(t *testing.T) Receiver {
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	return Receiver{Name: "r", Kind: "slack", Token: botToken, Channel: "C0123ABCD", URL: egress.Secret(srv.URL + "/api/")}
}

// story is a first report and what follows it.
func story(followUps int) []storage.Alert {
	var all []storage.Alert
	for n := range followUps + 1 {
		a := alertTo("r", "")
		a.Once = storage.OnceItem("r", fmt.Sprint("item ", n))
		a.ID = storage.DeliveryID(a.Once)
		a.Item.Title = fmt.Sprint("Title ", n)
		a.Created = a.Created.Add(time.Duration(n) * time.Second)
		if n > 0 {
			a.Kind, a.Parent = storage.FollowUp, all[0].ID
		}
		all = append(all, a)
	}
	return all
}

func TestFollowUpsFindTheirThreadThoughTheProcessDiedOverTheFirstReport(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	var slack workspace
	receiver := slack.bot(t)
	drain := func() {
		t.Helper()
		d, err := New(Config{Outbox: store, Transport: loopback(t), Receivers: []Receiver{receiver}})
		if err != nil {
			t.Fatal(err)
		}
		d.current()["r"].kind.pace = 0
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Enqueue(t.Context(), story(2)); err != nil {
		t.Fatal(err)
	}
	first, err := store.Claim(t.Context(), storage.ClaimRequest{Receiver: "r", Now: time.Now(), Lease: time.Hour})
	if err != nil || len(first.Deliveries) != 1 || first.Deliveries[0].Alert.Kind != storage.First {
		t.Fatalf("%+v, %v", first, err)
	}
	drain()
	if slack.asked != 0 {
		t.Errorf("%d requests while the first report is on its way", slack.asked)
	}
	if err := store.Close(); err != nil { // the first report was never settled: as if killed here
		t.Fatal(err)
	}
	store = openStore(t, dir)
	defer store.Close()
	drain()
	if len(slack.posted) != 3 || slack.posted[0].Thread != "" {
		t.Fatalf("posted %+v", slack.posted)
	}
	for _, m := range slack.posted[1:] {
		if m.Thread != "1700000000.000001" {
			t.Errorf("%s is in thread %q", m.Text, m.Thread)
		}
	}
	for d, err := range store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		if err != nil || d.State != storage.Delivered || !strings.HasPrefix(d.Ref, "1700000000.") {
			t.Errorf("%s is %s as %q; %v", d.Alert.Item.Title, d.State, d.Ref, err)
		}
	}
	receiver.Channel = "C0999ZZZZ" // another channel has none of the threads
	if d := deliveryOf(t, store, story(2)[1].ID); (&lane{receiver: receiver, kind: slackBot}).thread(&storage.Delivery{Thread: d.Ref}) != "" {
		t.Errorf("a thread of one channel is gone on with in another")
	}
}

func deliveryOf(t *testing.T, store storage.Store, id string) storage.Delivery {
	t.Helper()
	for d, err := range store.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Alert.ID == id {
			return d
		}
	}
	t.Fatalf("no delivery %s", id)
	return storage.Delivery{}
}

// postOne posts one alert and gives how that ended.
func (w *workspace) postOne(t *testing.T) storage.Attempt {
	t.Helper()
	receiver := w.bot(t)
	box := (&memory{}).add(alertTo("r", "fw_1"))
	d, err := New(Config{Outbox: box, Receivers: []Receiver{receiver}, Transport: loopback(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return box.get("fw_1").Attempts[0]
}

func TestSlackSaysNoWithAYes(t *testing.T) {
	for body, want := range map[string]string{
		`{"ok":false,"error":"invalid_auth"}`:                      "give-up unauthorised: HTTP 200: invalid_auth; Slack does not know the token; copy the Bot User OAuth Token",
		`{"ok":false,"error":"account_inactive"}`:                  "give-up unauthorised: HTTP 200: account_inactive; the app was removed",
		`{"ok":false,"error":"token_revoked"}`:                     "give-up unauthorised: HTTP 200: token_revoked; the token was revoked",
		`{"ok":false,"error":"missing_scope","needed":"x"}`:        "give-up unauthorised: HTTP 200: missing_scope; give the app the scope chat:write",
		`{"ok":false,"error":"not_in_channel"}`:                    "give-up gone: HTTP 200: not_in_channel; invite the bot",
		`{"ok":false,"error":"channel_not_found"}`:                 "give-up gone: HTTP 200: channel_not_found; the bot sees no such channel",
		`{"ok":false,"error":"is_archived"}`:                       "give-up gone: HTTP 200: is_archived; the channel is archived",
		`{"ok":false,"error":"brand_new_error"}`:                   "give-up rejected: HTTP 200: brand_new_error; see the errors of",
		`{"ok":false,"error":"internal_error"}`:                    "retry server-error: HTTP 200: internal_error",
		`{"ok":false,"error":"fatal_error"}`:                       "retry server-error: HTTP 200: fatal_error",
		`{"ok":false,"error":"service_unavailable"}`:               "retry server-error: HTTP 200: service_unavailable",
		`{"ok":false,"error":"ratelimited"}`:                       "retry rate-limited: HTTP 200: ratelimited",
		`{"ok":false}`:                                             `give-up rejected: HTTP 200: {"ok":false}`,
		`{"ok":false,"error":{"a":[1]}}`:                           "give-up rejected: HTTP 200: {",
		`{"ok":false,"error":"Injected\nLine"}`:                    "give-up rejected: HTTP 200: {",
		`{"ok":"true","ts":"1.2"}`:                                 "retry not-ok: HTTP 200: ",
		`{"ts":"1.2"}`:                                             "retry not-ok: HTTP 200: ",
		`ok`:                                                       "retry not-ok: HTTP 200: ok; this is not Slack's answer",
		`[true]`:                                                   "retry not-ok: ",
		strings.Repeat("[", 50_000):                                "retry not-ok: ",
		`{"ok":true,"ts":"1700000000.000001","error":"x"}`:         "done ",
		`{"ok":true,"ts":["weird"]}`:                               "done ",
		`{"ok":true,"m":"` + strings.Repeat("x", 200_000) + `"}`:   "done ",
		`{"ok":true,"m":"` + strings.Repeat("x", 2_000_000) + `"}`: "retry not-ok: ",
		"{\"ok\":true,\"ts\":\"1\\n2@C0123ABCD\"}":                 "done ",
	} {
		slack := workspace{say: func(int, botMessage) (int, string, string) { return 200, body, "" }}
		a := slack.postOne(t)
		if got := string(a.Verdict) + " " + a.Detail; !strings.HasPrefix(got, want) || len(got) > 700 {
			t.Errorf("%.60s: got %q, want %q", body, got, want)
		}
	}
}

func TestSlackRateLimitPausesTheBot(t *testing.T) {
	for _, body := range []string{`{"ok":false,"error":"ratelimited"}`, "busy"} {
		slack := workspace{say: func(int, botMessage) (int, string, string) { return 429, body, "120" }}
		before := time.Now()
		if a := slack.postOne(t); a.Verdict != storage.Retry || a.RetryAt.Sub(before).Round(time.Minute) != 2*time.Minute || !strings.HasPrefix(a.Detail, "rate-limited: ") {
			t.Errorf("%s: %+v", body, a)
		}
	}
}

func TestMessageThatSlackFindsTooLongIsSaidInALine(t *testing.T) {
	slack := workspace{say: func(_ int, m botMessage) (int, string, string) {
		if len(m.Blocks) > 0 {
			return 200, `{"ok":false,"error":"msg_blocks_too_long"}`, ""
		}
		return 0, "", ""
	}}
	if a := slack.postOne(t); a.Verdict != storage.Done || len(slack.posted) != 1 || slack.posted[0].Text != "HIGH · News · 2026-11-24 12:00 UTC · <https://news.example/fw_1|Title of fw_1>" {
		t.Errorf("%+v; posted %+v", a, slack.posted)
	}
	slack = workspace{say: func(int, botMessage) (int, string, string) { return 200, `{"ok":false,"error":"msg_too_long"}`, "" }}
	if a := slack.postOne(t); a.Verdict != storage.GiveUp || slack.asked != 2 {
		t.Errorf("%+v after %d requests", a, slack.asked)
	}
}

func TestThreadThatIsGoneIsLeft(t *testing.T) {
	var slack workspace
	receiver := slack.bot(t)
	d, err := New(Config{Outbox: &memory{}, Receivers: []Receiver{receiver}, Transport: loopback(t)})
	if err != nil {
		t.Fatal(err)
	}
	delivery := storage.Delivery{Alert: story(1)[1], Thread: "1600000000.000001@C0123ABCD"}
	if a := d.current()["r"].attempt(t.Context(), &delivery); a.reason != delivered || len(slack.posted) != 1 || slack.posted[0].Thread != "" {
		t.Errorf("%+v; posted %+v", a, slack.posted)
	}
}

// botTo is a bot at a host of its own name, for tests in a bubble.
func botTo(name string) Receiver {
	return Receiver{Name: name, Kind: "slack", Token: botToken, Channel: "C0123ABCD", URL: egress.Secret("https://" + name)}
}

func TestFollowUpWaitsForItsFirstReportAndCostsItNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var up atomic.Bool
		r.web.set("r", func(n int) (int, string, string) {
			if !up.Load() {
				return 500, "", ""
			}
			return 200, fmt.Sprintf(`{"ok":true,"ts":"1700000000.%06d"}`, n), ""
		})
		all := story(3)
		r.box.add(all...)
		r.Wake("r")
		time.Sleep(3 * time.Hour)
		before := r.web.requests("r")
		for _, q := range before {
			if strings.Contains(q.body, "thread_ts") || strings.Contains(q.body, "follow-up") {
				t.Errorf("a follow-up was sent before its first report: %s", q.body)
			}
		}
		up.Store(true)
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		got := r.web.requests("r")[len(before):]
		if len(got) != 4 || r.box.states()[storage.Delivered] != 4 {
			t.Fatalf("%d messages, %v", len(got), r.box.states())
		}
		if took := got[3].at.Sub(got[0].at); took > 5*time.Second {
			t.Errorf("the follow-ups came %v after the first report", took)
		}
		ts := strings.TrimSuffix(r.box.get(all[0].ID).Ref, "@C0123ABCD")
		for _, q := range got[1:] {
			if !strings.Contains(q.body, `"thread_ts":"`+ts+`"`) {
				t.Errorf("not in the thread %s: %s", ts, q.body)
			}
		}
		if n := strings.Count(r.log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d warnings, want one about the first report:\n%s", n, r.log)
		}
	}, botTo("r"))
}

func TestFollowUpOfADeadFirstReportGoesOutByItself(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		all := story(1)
		r.web.set("r", func(int) (int, string, string) {
			if r.box.get(all[0].ID).State != storage.Dead {
				return 500, "", ""
			}
			return 200, `{"ok":true,"ts":"1700000000.000009"}`, ""
		})
		r.box.add(all...)
		r.Wake("r")
		time.Sleep(100 * time.Hour)
		d := r.box.get(all[1].ID)
		if d.State != storage.Delivered || strings.Contains(r.web.requests("r")[10].body, "thread_ts") {
			t.Errorf("%s: %+v", d.State, d.Attempts)
		}
		died := r.box.get(all[0].ID).Attempts
		if wait := d.Attempts[len(d.Attempts)-1].Ended.Sub(died[len(died)-1].Ended); wait > 11*time.Minute {
			t.Errorf("it went out %v after the first report was given up", wait)
		}
	}, botTo("r"))
}

func TestFollowUpOutsideOfThreadsWaitsForNothing(t *testing.T) {
	bot := botTo("bot")
	bot.Followups = "each"
	for _, receiver := range []Receiver{bot, to("slack", "hook"), to("webhook", "web")} {
		k, _ := kindOf(receiver)
		l := &lane{receiver: receiver, kind: k}
		if l.threads() || l.thread(&storage.Delivery{Thread: "1.2@C0123ABCD"}) != "" {
			t.Errorf("%s holds back what follows", receiver.Name)
		}
	}
}
