package deliver

import (
	"context"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// drain delivers until nothing is due, or until the receiver has to be tried
// again later: the delivery that failed would come round a second time, and the
// others would wait for the same receiver, one timeout after the other.
func (l *lane) drain(ctx context.Context) error {
	for {
		verdict, next, err := l.step(ctx)
		switch {
		case err != nil:
			return err
		case verdict == storage.Retry:
			return nil
		case verdict != "":
			continue
		case next.IsZero() || time.Until(next) > l.kind.pace:
			return nil
		}
		// Nothing but the pace holds back what is due.
		l.rest(ctx, next)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// try sends a test alert.
func (l *lane) try(ctx context.Context) storage.Attempt {
	now := time.Now()
	a := testAlert(l.receiver.Name, now)
	d := storage.Delivery{Alert: a, State: storage.Sending, Attempts: []storage.Attempt{{N: 1, Started: now}}}
	return judge(d, l.attempt(ctx, &d), time.Now()).Attempt
}

// testAlert says what it is, in the shape of a real one. Its ID is new each
// time, so that a receiver that drops repeats shows the second test too.
func testAlert(receiver string, now time.Time) storage.Alert {
	once := receiver + "\x00test\x00" + strconv.FormatInt(now.UnixNano(), 10)
	const title = "Test alert from feedwatch"
	return storage.Alert{
		ID: storage.DeliveryID(once), Once: once, Receiver: receiver, Kind: storage.Test,
		Severity: "normal", Created: now,
		Item: storage.Item{
			Seen: now, FeedName: "feedwatch", Title: title,
			Text: "Receiver " + receiver + " gets its alerts here; no news came with this one.",
		},
		Matches: []storage.Match{{
			Rule: "test-send", Severity: "normal",
			Spans: []storage.Span{{Field: "title", Start: 0, End: 4, Text: title[:4]}},
		}},
	}
}
