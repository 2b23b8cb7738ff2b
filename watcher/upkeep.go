package watcher

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/feedwatch/feedwatch/storage"
)

const (
	identityDays   = 90 * 24 * time.Hour // an identity outlives its feed's last listing of it by so much
	deliveryDays   = 30 * 24 * time.Hour // a settled delivery is kept at least so long: far beyond the last possible try
	upkeepSchedule = "17 3 * * *"        // at night, and off the full hour
)

// upkeep runs the maintenance jobs by cron until the context ends, and waits for
// a job under way.
func (w *Watcher) upkeep(ctx context.Context) error {
	c := newCron(cronLog{w.log})
	c.Schedule(upkeepTimes{w}, cron.FuncJob(func() { w.prune(ctx) }))
	c.Schedule(briefTimes{w}, cron.FuncJob(func() { w.periodic(ctx, "briefs", w.briefs) }))
	c.Schedule(noticeTimes{}, cron.FuncJob(func() { w.periodic(ctx, "notices", w.ruleNotices) }))
	c.Schedule(cron.Every(time.Minute), cron.FuncJob(func() { w.periodic(ctx, "notices about feeds", w.feedNotices) }))
	c.Schedule(cron.Every(time.Hour), cron.FuncJob(func() { w.stories.forget(time.Now().Add(-storyWindow)) }))
	w.periodic(ctx, "briefs", w.briefs) // What fell due while nobody was there.
	c.Start()
	<-ctx.Done()
	<-c.Stop().Done()
	return nil
}

// periodic runs a job that may fail: what it could not do it does next time.
func (w *Watcher) periodic(ctx context.Context, what string, job func(context.Context) error) {
	if err := job(ctx); err != nil && ctx.Err() == nil {
		w.log.Error(what+" could not be made; they are tried again", "error", err)
	}
}

// newCron makes a cron for jobs that must go on whatever happens in one of them.
//
// SkipIfStillRunning stands outside of Recover: the other way round a job that
// panics once never runs again, because the panic takes the token along.
func newCron(log cron.Logger) *cron.Cron {
	return cron.New(
		cron.WithLocation(time.UTC), cron.WithLogger(log),
		cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)),
	)
}

// upkeepTimes is the schedule of pruning as the settings of the moment have it.
type upkeepTimes struct{ w *Watcher }

// Next implements cron.Schedule.
func (u upkeepTimes) Next(t time.Time) time.Time {
	s := u.w.set.Load().Retention.Schedule
	if s.IsZero() {
		s, _ = ParseSchedule(upkeepSchedule, 0) // The constant parses; a test holds that.
	}
	return s.Next(t)
}

// prune forgets what retention allows.
func (w *Watcher) prune(ctx context.Context) {
	now := time.Now()
	keep := w.set.Load().Retention.Items
	if keep == 0 {
		keep = defaultRetention
	}
	w.stories.forget(now.Add(-keep))
	pruned, err := w.store.Prune(ctx, storage.Retention{
		Now: now, Items: now.Add(-keep), Identities: identityDays,
		Deliveries: now.Add(-max(keep, deliveryDays)),
	})
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		w.log.Error("pruning stopped; the rest goes next time", "error", err)
	case pruned != (storage.Pruned{}):
		w.log.Info("pruned", "items", pruned.Items, "identities", pruned.Identities, "deliveries", pruned.Deliveries, "feeds", pruned.Feeds)
	}
}

// cronLog passes cron's own messages on: its errors, and nothing of its chatter.
type cronLog struct{ log *slog.Logger }

// Info implements cron.Logger.
func (l cronLog) Info(string, ...any) {}

// Error implements cron.Logger.
func (l cronLog) Error(err error, msg string, keysAndValues ...any) {
	l.log.Error("maintenance: "+msg, append([]any{"error", err}, keysAndValues...)...)
}
