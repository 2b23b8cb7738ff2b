package watcher

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/feedwatch/feedwatch/storage"
)

// metrics counts what happens. What the store knows (queue depths, a feed's last
// success) is read from it when asked, so that a figure never differs from the
// truth and survives a restart.
type metrics struct {
	registry *prometheus.Registry

	polls      *prometheus.CounterVec
	pollTime   prometheus.Histogram
	items      prometheus.Counter
	matched    prometheus.Counter
	attempts   *prometheus.CounterVec
	delay      prometheus.Histogram // from first seen to delivered
	reloadOK   prometheus.Gauge
	reloadedAt prometheus.Gauge

	mu     sync.Mutex
	delays delays
}

// Latency tells how long alerts took from the poll that found them to the
// receiver's yes, over the newest ones since the start.
type Latency struct {
	Count int           `json:"count"`
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
}

func newMetrics(w *Watcher) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "feedwatch_polls_total", Help: "Polls by result: new, same, failed.",
		}, []string{"result"}),
		pollTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "feedwatch_poll_duration_seconds", Help: "Time from request to commit.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 10),
		}),
		items:   prometheus.NewCounter(prometheus.CounterOpts{Name: "feedwatch_items_total", Help: "Items seen for the first time."}),
		matched: prometheus.NewCounter(prometheus.CounterOpts{Name: "feedwatch_items_matched_total", Help: "New items that satisfied a rule, silent ones included."}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "feedwatch_delivery_attempts_total", Help: "Attempts to deliver by receiver and verdict: done, retry, give-up, waited (for the message it hangs on).",
		}, []string{"receiver", "verdict"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "feedwatch_alert_delay_seconds", Help: "Time from the poll that found an item to the receiver's yes.",
			Buckets: prometheus.ExponentialBuckets(0.05, 4, 10),
		}),
		reloadOK:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "feedwatch_config_last_reload_successful", Help: "Whether the last reload, or the start, took the configuration."}),
		reloadedAt: prometheus.NewGauge(prometheus.GaugeOpts{Name: "feedwatch_config_last_reload_success_timestamp_seconds", Help: "When the configuration was last taken."}),
	}
	m.registry.MustRegister(
		m.polls, m.pollTime, m.items, m.matched, m.attempts, m.delay, m.reloadOK, m.reloadedAt,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		storeCollector{w},
	)
	m.reloaded(true)
	return m
}

// reloaded notes whether a configuration was taken.
func (m *metrics) reloaded(ok bool) {
	if !ok {
		m.reloadOK.Set(0)
		return
	}
	m.reloadOK.Set(1)
	m.reloadedAt.SetToCurrentTime()
}

// polled counts a poll.
func (m *metrics) polled(r Report) {
	result := "new"
	switch {
	case r.Err != nil:
		result = "failed"
	case r.New == 0:
		result = "same"
	}
	m.polls.WithLabelValues(result).Inc()
	m.pollTime.Observe(r.Took.Seconds())
	m.items.Add(float64(r.New))
	m.matched.Add(float64(r.Matched))
}

// settled counts an attempt; deliver calls it.
func (m *metrics) settled(receiver string, a storage.Attempt, alert storage.Alert) {
	m.attempts.WithLabelValues(receiver, string(a.Verdict)).Inc()
	if a.Verdict != storage.Done {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := a.Ended.Sub(alert.Created)
	m.delay.Observe(d.Seconds())
	m.delays.add(d)
}

// latency sums up the newest delays.
func (m *metrics) latency() Latency {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.delays.latency()
}

// storeCollector reads what the store knows whenever the metrics are asked for.
type storeCollector struct{ w *Watcher }

var (
	buildInfo   = prometheus.NewDesc("feedwatch_build_info", "Always 1.", []string{"version", "revision", "goversion"}, nil)
	startTime   = prometheus.NewDesc("feedwatch_start_timestamp_seconds", "When the daemon started.", nil, nil)
	feedStates  = prometheus.NewDesc("feedwatch_feeds", "Feeds by state: fine, new, moved, stale, failing, blocked, gone.", []string{"state"}, nil)
	feedSuccess = prometheus.NewDesc("feedwatch_feed_last_success_timestamp_seconds", "When the feed was last read well.", []string{"feed"}, nil)
	feedNewest  = prometheus.NewDesc("feedwatch_feed_newest_entry_timestamp_seconds", "The newest date in the feed.", []string{"feed"}, nil)
	feedEvery   = prometheus.NewDesc("feedwatch_feed_interval_seconds", "The feed's interval at present.", []string{"feed"}, nil)
	feedFailed  = prometheus.NewDesc("feedwatch_feed_failures", "Failures in a row.", []string{"feed"}, nil)
	queueDepth  = prometheus.NewDesc("feedwatch_outbox_deliveries", "Deliveries in the outbox by receiver and state.", []string{"receiver", "state"}, nil)
	queueAge    = prometheus.NewDesc("feedwatch_outbox_oldest_seconds", "Age of the oldest delivery not settled; 0 when there is none.", []string{"receiver"}, nil)
	storeBytes  = prometheus.NewDesc("feedwatch_store_bytes", "Size of the store on disk.", nil, nil)
	storeItems  = prometheus.NewDesc("feedwatch_store_items", "Items stored.", nil, nil)
)

// maxFeedSeries is with how many feeds each still has series of its own: with
// more of them they would burden whoever stores them, and nobody looks at each.
const maxFeedSeries = 2000

// Describe implements prometheus.Collector.
func (c storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{buildInfo, startTime, feedStates, feedSuccess, feedNewest, feedEvery, feedFailed, queueDepth, queueAge, storeBytes, storeItems} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. A store that fails shows as an
// invalid metric, which fails the scrape: that is what should be seen.
func (c storeCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(buildInfo, 1, c.w.version, revision(), goVersion())
	gauge(startTime, seconds(c.w.started))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	st, err := c.w.figures(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(storeBytes, err)
		return
	}
	for _, health := range troubleFirst {
		gauge(feedStates, float64(st.Counts[health]), string(health))
	}
	if len(st.Feeds) > maxFeedSeries {
		st.Feeds = nil
	}
	for _, f := range st.Feeds {
		gauge(feedSuccess, seconds(f.LastGood), f.Name)
		gauge(feedNewest, seconds(f.Newest), f.Name)
		gauge(feedEvery, f.Interval.Seconds(), f.Name)
		gauge(feedFailed, float64(f.Failures), f.Name)
	}
	for _, r := range st.Receivers {
		gauge(queueDepth, float64(r.Pending), r.Name, "pending")
		gauge(queueDepth, float64(r.Sending), r.Name, "sending")
		gauge(queueDepth, float64(r.Dead), r.Name, "dead")
		age := 0.0
		if !r.Oldest.IsZero() {
			age = st.Now.Sub(r.Oldest).Seconds()
		}
		gauge(queueAge, age, r.Name)
	}
	gauge(storeBytes, float64(st.StoreSize))
	gauge(storeItems, float64(st.Items))
}

// seconds is a time as Prometheus has it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return ""
}

func goVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.GoVersion
}
