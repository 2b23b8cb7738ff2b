package watcher_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// canary is a secret that must show nowhere.
const canary = "canary-3f9c1b7a"

// secretive is a configuration with the canary in every kind of secret.
func secretive(c *watcher.Config) {
	c.Feeds = []watcher.Feed{{
		URL: "https://user:" + canary + "@outlet.example/feed.xml?key=" + canary, Name: "outlet",
		Header: map[string]egress.Secret{"Authorization": canary},
	}}
	c.Receivers = []deliver.Receiver{
		{Name: "hook", Kind: "webhook", URL: egress.Secret("https://hooks.example/" + canary), Secrets: []egress.Secret{canary}, Header: map[string]egress.Secret{"X-Key": canary}},
		{Name: "slack", Kind: "slack", URL: "https://hooks.slack.example/services/T0/B0/" + canary},
	}
}

// get asks the status endpoint.
func (x *world) get(path, token string) (*http.Response, string) {
	x.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	x.w.Handler("s3cret").ServeHTTP(rec, r)
	body, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		x.Fatal(err)
	}
	return rec.Result(), string(body)
}

// withOneAlert polls until one alert is out.
func withOneAlert(t *testing.T, change func(*watcher.Config), title string) *world {
	x := newWorld(t, change)
	url := x.config.Feeds[0].URL
	x.web.serve(url, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	x.web.serve(url, rss(entry{id: "2", title: title}, entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	return x
}

func TestStatusPageMarksTheWordsThatMatched(t *testing.T) {
	x := withOneAlert(t, nil, onTopic)
	resp, body := x.get("/", "s3cret")
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "<mark>OpenAI</mark> and <mark>Microsoft</mark> talk") {
		t.Errorf("%s; the page does not mark the words:\n%s", resp.Status, body)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") {
		t.Errorf("Content-Security-Policy %q lets too much in", csp)
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "style=") {
		t.Error("the page has a script or an inline style, which its own policy forbids")
	}
}

func TestStatusShowsOneAlertAnItemWithAllItsRules(t *testing.T) {
	x := withOneAlert(t, func(c *watcher.Config) {
		c.Rules = mustRules(t, `
rules:
  - {name: pair, query: OpenAI AND Microsoft, severity: high, receivers: [hook]}
  - {name: one, query: OpenAI, severity: low, receivers: [other]}
`)
		c.Receivers = append(c.Receivers, deliver.Receiver{Name: "other", Kind: "webhook", URL: hookURL})
	}, onTopic)
	st, err := x.w.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Recent) != 1 || st.Recent[0].Severity != "high" || len(st.Recent[0].Matches) != 2 {
		t.Errorf("recent = %+v, want one alert of high severity with both rules", st.Recent)
	}
}

func TestHostileTitleIsTextOnTheStatusPage(t *testing.T) {
	x := withOneAlert(t, nil, "OpenAI &lt;script&gt;alert(1)&lt;/script&gt; Microsoft &amp;lt;img src=x onerror=alert(1)&amp;gt;")
	if _, body := x.get("/", "s3cret"); strings.Contains(body, "<script>") || strings.Contains(body, "<img") {
		t.Errorf("the title's markup is markup on the page:\n%s", body)
	}
}

func TestStatusEndpointAsksForItsToken(t *testing.T) {
	x := newWorld(t, nil)
	for path, open := range map[string]bool{"/": false, "/status": false, "/metrics": false, "/style.css": false, "/healthz": true} {
		if resp, _ := x.get(path, ""); (resp.StatusCode == http.StatusOK) != open {
			t.Errorf("%s without the token: %s", path, resp.Status)
		}
		if resp, _ := x.get(path, "wrong"); (resp.StatusCode == http.StatusOK) != open {
			t.Errorf("%s with a wrong token: %s", path, resp.Status)
		}
		if resp, _ := x.get(path, "s3cret"); resp.StatusCode != http.StatusOK {
			t.Errorf("%s with the token: %s", path, resp.Status)
		}
	}
}

func TestStatusEndpointOnlyReads(t *testing.T) {
	x := newWorld(t, nil)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		rec := httptest.NewRecorder()
		x.w.Handler("").ServeHTTP(rec, httptest.NewRequest(method, "http://127.0.0.1/status", nil))
		if rec.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s /status: %d, want 405", method, rec.Code)
		}
	}
}

func TestStatusEndpointWithoutATokenIsOnlyReadByAddress(t *testing.T) {
	x := newWorld(t, nil)
	for host, ok := range map[string]bool{
		"127.0.0.1:8780": true, "localhost:8780": true, "[::1]:8780": true, "localhost": true,
		"rebound.example:8780": false, "127.0.0.1.rebound.example": false, "": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/status", nil)
		r.Host = host
		rec := httptest.NewRecorder()
		x.w.Handler("").ServeHTTP(rec, r)
		if (rec.Code == http.StatusOK) != ok {
			t.Errorf("asked as %q: %d", host, rec.Code)
		}
	}
}

func TestReadyOnlyWhileFeedsAreWatched(t *testing.T) {
	x := newWorld(t, nil)
	if resp, _ := x.get("/readyz", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready before the start: %s", resp.Status)
	}
}

func TestSecretsShowNowhere(t *testing.T) {
	x := newWorld(t, secretive)
	asked := "https://outlet.example/feed.xml?key=" + canary // Userinfo goes into a header.
	x.web.serve(asked, rss(entry{id: "1", title: offTopic}))
	x.poll(watcher.PollOptions{})
	x.web.serve(asked, rss(entry{id: "2", title: onTopic}, entry{id: "1", title: offTopic}))
	// Neither receiver answers: both errors name their addresses.
	if r := x.poll(watcher.PollOptions{}); r.Alerts != 2 {
		t.Fatalf("%+v, want an alert for each receiver", r)
	}
	x.web.serve(asked, nil)
	x.poll(watcher.PollOptions{}) // The feed's error names its address.
	for _, path := range []string{"/", "/status", "/metrics"} {
		if resp, body := x.get(path, "s3cret"); resp.StatusCode != http.StatusOK || strings.Contains(body, canary) {
			t.Errorf("%s: %s, holds a secret: %v", path, resp.Status, strings.Contains(body, canary))
		}
	}
	outbox, err := x.w.Outbox(t.Context(), storage.DeliveryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(outbox); err != nil || strings.Contains(string(text), canary) {
		t.Errorf("the outbox as JSON (%v) holds a secret:\n%s", err, text)
	}
	if strings.Contains(x.log.String(), canary) {
		t.Errorf("the log holds a secret:\n%s", x.log)
	}
}

func TestStatusJSONIsWhatThePageShows(t *testing.T) {
	x := withOneAlert(t, nil, onTopic)
	_, body := x.get("/status", "s3cret")
	var st watcher.Status
	if err := json.Unmarshal([]byte(body), &st); err != nil {
		t.Fatal(err)
	}
	if len(st.Feeds) != 1 || st.Feeds[0].Health != watcher.FeedFine || st.Feeds[0].Items != 2 {
		t.Errorf("feeds = %+v, want one that is fine with 2 items", st.Feeds)
	}
	if len(st.Receivers) != 1 || st.Receivers[0].Delivered != 1 || st.Receivers[0].Pending != 0 {
		t.Errorf("receivers = %+v, want one with one delivery", st.Receivers)
	}
	if len(st.Recent) != 1 || st.Recent[0].Item.Title != onTopic {
		t.Errorf("recent = %+v, want the one alert", st.Recent)
	}
}

func TestMetricsFollowTheConventions(t *testing.T) {
	x := withOneAlert(t, nil, onTopic)
	_, body := x.get("/metrics", "s3cret")
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, want := range []string{
		`feedwatch_outbox_deliveries{receiver="hook",state="pending"} 0`,
		`feedwatch_delivery_attempts_total{receiver="hook",verdict="done"} 1`,
		`feedwatch_feed_last_success_timestamp_seconds{feed="outlet"}`,
		`feedwatch_config_last_reload_successful 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}
