package deliver

import (
	"context"
	"fmt"
	"io"

	"github.com/feedwatch/feedwatch/storage"
)

// printText writes to standard output, each alert in one call.
func printText(ctx context.Context, l *lane, d *storage.Delivery) answer {
	began, err := l.options.stdout.print(ctx, l.kind.format(l.options, &d.Alert))
	switch {
	case err == nil:
		return answer{}
	case ctx.Err() != nil:
		return answer{reason: byError(ctx, err, began), detail: "standard output takes nothing; is it a pipe that nobody reads?", ambiguous: began}
	}
	return answer{reason: notWritten, detail: l.redact(fmt.Errorf("standard output: %w", err))}
}

// printer lets several receivers share standard output, and leave a write that
// does not come to its end: a write to a pipe that nobody reads can't be called
// back.
type printer struct {
	w    io.Writer
	turn chan struct{} // full while a write is under way
}

func newPrinter(w io.Writer) *printer { return &printer{w: w, turn: make(chan struct{}, 1)} }

// print writes in a goroutine that has the only turn, so writes never mix and
// at most one is stuck. It gives up when the context ends, and says whether the
// write had begun. The goroutine of a write that was given up belongs to the
// process: it ends when somebody reads or the process does, and no other writes
// before that.
func (p *printer) print(ctx context.Context, body []byte) (began bool, err error) {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	done := make(chan error, 1) // holds the outcome, for there may be nobody to hear it
	go func() {
		_, err := p.w.Write(body)
		done <- err
		<-p.turn
	}()
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
}
