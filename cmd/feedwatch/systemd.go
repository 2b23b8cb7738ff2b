package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells the service manager how the daemon is doing, by the protocol
// of sd_notify(3). Where there is no manager that asked (NOTIFY_SOCKET is not
// set) every method does nothing, so callers never ask which it is.
// It is safe for concurrent use.
type notifier struct {
	log *slog.Logger // hears of a manager that can't be reached
}

// newNotifier makes a notifier that reports its own troubles to log.
func newNotifier(log *slog.Logger) notifier { return notifier{log: log} }

// Ready ends a start or a reload, whatever its outcome: status says which.
func (n notifier) Ready(status string) {
	n.send(sd.SdNotifyReady + "\n" + statusLine(status))
}

// Reloading begins a reload, which Ready ends. The time is part of the
// message, since a manager that waits for the end must tell this reload from
// the one before.
func (n notifier) Reloading() {
	n.send(sd.SdNotifyReloading + "\n" + sd.SdNotifyMonotonicUsec())
}

// Stopping says that the daemon is on its way out.
func (n notifier) Stopping(status string) {
	n.send(sd.SdNotifyStopping + "\n" + statusLine(status))
}

// Status replaces the line that `systemctl status` shows.
func (n notifier) Status(text string) { n.send(statusLine(text)) }

// statusLine keeps a status on its one line: a message is a list of
// assignments, and an error's text must not become one of them.
func statusLine(text string) string {
	return "STATUS=" + strings.Join(strings.Fields(text), " ")
}

func (n notifier) send(state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		n.log.Warn("can't notify the service manager", "error", err)
	}
}

// Watchdog pings the manager twice per WATCHDOG_USEC for as long as alive
// says that the daemon does its work, and returns when ctx ends, or at once if
// no watchdog watches this process. alive gets a quarter of the watchdog's
// time. It is called from here and not from a goroutine of its own, so that
// one that hangs stops the pings: then the manager ends the process with
// SIGABRT, Go prints every goroutine, and the unit is started anew.
func (n notifier) Watchdog(ctx context.Context, alive func(context.Context) error) {
	patience, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		n.log.Warn("no watchdog: its settings can't be read", "error", err)
	}
	if err != nil || patience <= 0 {
		return
	}
	tick := time.NewTicker(patience / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			n.ping(ctx, alive, patience/4)
		}
	}
}

func (n notifier) ping(ctx context.Context, alive func(context.Context) error, within time.Duration) {
	probe, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := alive(probe)
	if err == nil {
		err = probe.Err() // an answer that comes late is none
	}
	switch {
	case err == nil:
		n.send(sd.SdNotifyWatchdog)
	case ctx.Err() == nil:
		n.log.Error("no sign of life for the watchdog", "error", err)
	}
}
