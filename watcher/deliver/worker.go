package deliver

import "context"

// worker is the goroutine that runs a lane.
type worker struct {
	lane   *lane
	cancel context.CancelFunc
	done   chan struct{} // closed when it has ended, and who was there before it
}

// start runs a lane once its predecessor, which may be nil, has ended.
func start(ctx context.Context, l *lane, before *worker) *worker {
	ctx, cancel := context.WithCancel(ctx)
	w := &worker{lane: l, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		if before != nil {
			<-before.done
		}
		l.run(ctx)
	}()
	return w
}

func (w *worker) ended() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// workers are the newest worker of each receiver, those told to end included
// until they have.
type workers map[string]*worker

// follow gives the workers after a change of lanes: who has another lane now, or
// none, is told to end, and waited for by nobody but the one who takes its place.
func (ws workers) follow(ctx context.Context, lanes map[string]*lane) workers {
	next := make(workers, len(lanes))
	for name, w := range ws {
		if lanes[name] != w.lane {
			w.cancel()
		}
		if !w.ended() {
			next[name] = w
		}
	}
	for name, l := range lanes {
		if w := next[name]; w == nil || w.lane != l {
			next[name] = start(ctx, l, w)
		}
	}
	return next
}
