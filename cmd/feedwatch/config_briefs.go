package main

import (
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/watcher"
)

// briefSection is the key brief of a receiver: a summary on a schedule.
type briefSection struct {
	Schedule string `yaml:"schedule,required"`
	Zone     string `yaml:"zone"` // IANA name; UTC where there is none
}

// briefFloor is the least time between two briefs to one receiver.
const briefFloor = 10 * time.Minute

// briefs are the briefs of all receivers that get one.
func (l *loader) briefs() []watcher.Brief {
	var briefs []watcher.Brief
	for i, r := range l.doc.Receivers {
		if r.Brief == nil || r.Brief.Schedule == "" {
			continue
		}
		b := watcher.Brief{Receiver: r.Name}
		pos := l.file.Pos("receivers", i, "brief", "schedule")
		spec := strings.TrimSpace(r.Brief.Schedule)
		if zone := r.Brief.Zone; zone != "" {
			pos := l.file.Pos("receivers", i, "brief", "zone")
			if _, err := time.LoadLocation(zone); err != nil || strings.ContainsAny(zone, " \t") {
				l.fail(pos, "write a name such as Europe/Berlin or America/New_York", "time zone %q is not known here", zone)
				continue
			}
			if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
				l.fail(pos, "leave one of them out", "the schedule names a time zone, too")
				continue
			}
			spec = "TZ=" + zone + " " + spec
		}
		var err error
		if b.Schedule, err = watcher.ParseSchedule(spec, briefFloor); err != nil {
			l.failWith(pos, `write cron's five fields, such as "0 8 * * MON-FRI"`, err)
			continue
		}
		briefs = append(briefs, b)
	}
	return briefs
}
