package deliver

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func TestUnreadStandardOutputBlocksNeitherOthersNorTheEnd(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	defer read.Close() // ends the write that is stuck
	const alerts = 400
	box := &memory{}
	for i := range alerts {
		a := alertTo("out", fmt.Sprint("fw_o", i))
		a.Item.Title = strings.Repeat("word ", 60)
		box.add(a)
	}
	box.add(alertTo("hook", "fw_hook"))
	stuck, heard := make(chan string, alerts), make(chan storage.Verdict, 1)
	d, err := New(Config{
		Outbox: box, Stdout: write,
		Transport: &web{answer: map[string]func(int) (int, string, string){"hook": always(200, "")}},
		Receivers: []Receiver{{Name: "out", Kind: "stdout", Timeout: 100 * time.Millisecond}, to("webhook", "hook")},
		Settled: func(receiver string, a storage.Attempt, _ storage.Alert) {
			switch {
			case receiver == "hook":
				heard <- a.Verdict
			case a.Verdict != storage.Done:
				stuck <- a.Detail
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	if detail := <-stuck; !strings.HasPrefix(detail, "timeout: ") || !strings.HasSuffix(detail, "may have arrived") {
		t.Errorf("the write that is stuck ends in %q", detail)
	}
	if detail := <-stuck; !strings.HasPrefix(detail, "timeout: ") || strings.Contains(detail, "may have arrived") {
		t.Errorf("the write that could not begin ends in %q", detail)
	}
	if v := <-heard; v != storage.Done {
		t.Errorf("the other receiver's delivery ends in %s", v)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStuckReceiverDelaysNeitherAReloadNorTheEndBeyondItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, write := io.Pipe()
		r := newRig(t, Receiver{Name: "out", Kind: "stdout", Timeout: time.Hour})
		r.options.stdout = newPrinter(write)
		r.web.set("new", always(200, ""))
		if err := r.Reload([]Receiver{{Name: "out", Kind: "stdout", Timeout: 2 * time.Hour}}); err != nil {
			t.Fatal(err)
		}
		r.start(t)
		r.box.add(alertTo("out", "fw_1"), alertTo("new", "fw_2"))
		r.Wake("out")
		synctest.Wait()
		if err := r.Reload([]Receiver{to("webhook", "new"), {Name: "out", Kind: "stdout", Timeout: time.Hour}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := len(r.web.requests("new")); n != 1 {
			t.Errorf("%d requests to the new receiver while another's worker ends, want 1", n)
		}
		start := time.Now()
		r.stop()
		if took := time.Since(start); took > grace {
			t.Errorf("it took %v to stop", took)
		}
		if a := r.box.get("fw_1").Attempts[0]; a.Verdict != storage.Retry || !strings.HasPrefix(a.Detail, "shutdown: ") || !strings.HasSuffix(a.Detail, "may have arrived") {
			t.Errorf("what was stuck ends in %+v", a)
		}
		if err := read.Close(); err != nil { // ends the write
			t.Error(err)
		}
	})
}

func TestReceiverThatComesBackInAReloadWaitsForItsLastWorker(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.box.add(alertTo("a", "fw_1"), alertTo("a", "fw_2"))
		r.Wake("a")
		synctest.Wait() // a request hangs
		for _, receivers := range [][]Receiver{nil, {to("webhook", "a")}, nil, {to("webhook", "a")}} {
			if err := r.Reload(receivers); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if n := len(r.web.requests("a")); n != 1 {
			t.Errorf("%d requests at a time, want 1", n)
		}
		time.Sleep(grace + time.Second)
		if n := len(r.web.requests("a")); n != 2 {
			t.Errorf("%d requests after the first worker's end, want 2", n)
		}
	}, to("webhook", "a"))
}
