package watcher

import (
	"net/url"
	"strings"
	"sync"
	"time"
)

// hosts keeps the requests to one host apart: so many at a time, a gap between
// two, none while the host has asked for a pause. It hands out turns and never
// waits itself.
type hosts struct {
	mu    sync.Mutex
	queue map[string]*turns // host → its turns
}

// turns is what is known of one host.
type turns struct {
	running int
	open    time.Time // no turn before this: the gap after the last request
	paused  time.Time // no turn before this: the host's own Retry-After
	tail    time.Time // when the last of those sent away was told to come back
}

func newHosts() *hosts { return &hosts{queue: make(map[string]*turns)} }

// hostOf is the host a feed's requests count against.
func hostOf(feedURL string) string {
	u, err := url.Parse(feedURL)
	if err != nil {
		return feedURL
	}
	return strings.ToLower(u.Host)
}

// enter asks for a turn at a host. It either gives it now (leave must follow)
// or says when to come back; those sent away are told different times, a gap
// apart.
func (h *hosts) enter(host string, now time.Time, p Poll) (later time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.turnsOfLocked(host)
	return t.enter(latest(t.open, t.paused), now, p)
}

// force is enter past a pause that the host asked for: a person insists.
func (h *hosts) force(host string, now time.Time, p Poll) (later time.Time, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.turnsOfLocked(host)
	return t.enter(t.open, now, p)
}

// enter gives a turn unless the host is closed until later or busy.
func (t *turns) enter(closed, now time.Time, p Poll) (later time.Time, ok bool) {
	if t.running < max(p.PerHost, 1) && !closed.After(now) {
		t.running++
		t.open = now.Add(p.hostGap())
		return time.Time{}, true
	}
	t.tail = latest(closed, now.Add(p.hostGap()), t.tail.Add(p.hostGap()))
	return t.tail, false
}

// leave ends a turn.
func (h *hosts) leave(host string, now time.Time, p Poll) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.turnsOfLocked(host)
	t.running--
	t.open = now.Add(p.hostGap())
}

// pause lets no request go to the host before a time.
func (h *hosts) pause(host string, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.turnsOfLocked(host)
	t.paused = latest(t.paused, until)
}

// pausedUntil is when the host's own pause ends; zero where it asked for none.
func (h *hosts) pausedUntil(host string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.queue[host]; t != nil {
		return t.paused
	}
	return time.Time{}
}

// forgive ends all pauses. Those that still hold are to be told anew.
func (h *hosts) forgive() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.queue {
		t.open, t.paused, t.tail = time.Time{}, time.Time{}, time.Time{}
	}
}

// forget drops hosts that owe nothing, so that the map does not outlive the
// feeds that filled it.
func (h *hosts) forget(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for host, t := range h.queue {
		if t.running == 0 && !latest(t.open, t.paused, t.tail).After(now) {
			delete(h.queue, host)
		}
	}
}

func (h *hosts) turnsOfLocked(host string) *turns {
	t := h.queue[host]
	if t == nil {
		t = new(turns)
		h.queue[host] = t
	}
	return t
}

// hostGap is the least time between two requests to one host.
func (p Poll) hostGap() time.Duration {
	if p.HostGap > 0 {
		return p.HostGap
	}
	return defaultHostGap
}
