package watcher

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/storage"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
	"github.com/feedwatch/feedwatch/watcher/story"
)

// Config is all that a Watcher needs. Settings is the part that a reload may
// change.
type Config struct {
	Store     storage.Store
	Transport http.RoundTripper // the one way out, for feeds and receivers; see egress.Transport
	UserAgent string            // name/version (+contact)
	Version   string            // shown on the status page
	Stdout    io.Writer         // for receivers of kind stdout
	Colour    bool              // whether Stdout is a terminal that shows colour
	Log       *slog.Logger
	Grouping  story.Config // what is known of words, by which stories are told apart; the window is the watcher's
	Settings
}

// Settings are what the configuration file decides and a reload may change.
type Settings struct {
	Rules     *rules.Set
	Feeds     []Feed
	Receivers []deliver.Receiver
	Routes    []Route
	Briefs    []Brief
	Notices   []string // receivers of notices; nil: all of them
	Poll      Poll
	Retention Retention
}

// Feed is one configured feed.
type Feed struct {
	URL         string
	Name        string // unique; for feed:name, metrics and the status page
	Tier        int    // 1 best .. 3
	Tags        []string
	Language    string
	Schedule    Schedule                 // zero means Poll.Schedule
	MinInterval time.Duration            // zero means Poll.MinInterval
	Header      map[string]egress.Secret // further request headers, never sent to another origin
}

// Route sends alerts to receivers: those of at least its severity and, where
// Tags are given, from a feed with one of them. With MinOutlets or MinTier it
// escalates: it sends once the story has come so far, beside whatever else the
// alert goes to.
type Route struct {
	Severity   string // low, normal, high; "" means any
	Tags       []string
	MinOutlets int // so many outlets tell the story; 0: any number
	MinTier    int // one of them is of this tier or a better one; 0: any
	Receivers  []string
}

// Poll bounds how feeds are polled.
type Poll struct {
	Schedule    Schedule      // of feeds without one of their own; zero means @every 15m
	MinInterval time.Duration // no feed is polled more often; zero means 5 min
	PerHost     int           // requests to one host at a time; zero means 1
	HostGap     time.Duration // between two requests to one host; zero means 1 s
	Concurrent  int           // requests in all at a time; zero means 32
	MaxBytes    int64         // of a decoded feed; zero means 5 MB
	MaxAge      time.Duration // an item dated longer ago is stored without an alert; zero means 30 days
	Fixed       bool          // poll by the schedule alone: no habit bends it, and no max-age, Expires, ttl, skipHours and the like lengthens it
}

// Retention says how long things are kept.
type Retention struct {
	Items    time.Duration // bodies; zero means 90 days
	Schedule Schedule      // when the pruning runs; zero means once a day, at night
}
