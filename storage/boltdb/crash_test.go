package boltdb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

const kills = 20

func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := make(map[string]storage.NewItem)
	for range kills {
		killAChild(t, "commit", dir, said)
		if lost := missing(t, dir, said); len(lost) > 0 {
			t.Fatalf("%d of %d acknowledged items are lost: %v", len(lost), len(said), lost)
		}
	}
	t.Logf("%d acknowledged items, %d kills, none lost", len(said), kills)
}

// A store that acknowledges too early, or writes items and stories apart, must be
// caught, or the test above proves nothing.
func TestAKillShowsWhatIsNotWrittenAsItShould(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"boast", "apart"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			said := make(map[string]storage.NewItem)
			for range 10 * kills {
				killAChild(t, part, dir, said)
				if len(missing(t, dir, said)) > 0 {
					return
				}
			}
			t.Errorf("nothing is missing of %d items", len(said))
		})
	}
}

// What is committed after polls that found nothing is never there without them, and
// nothing else is ever there: a kill leaves a moment of the past.
func TestAKillUndoesPollsThatFoundNothingOnlyFromTheEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range kills {
		said := make(map[string]storage.NewItem)
		killAChild(t, "idle", dir, said)
		newest, brought := 0, 0 // polls that were told, and those of them that brought an item
		for line := range said {
			var feed, n int
			_, err := fmt.Sscan(line, &feed, &n)
			ok(t, err)
			newest = max(newest, n)
			if n%20 == 0 {
				brought = max(brought, n)
			}
		}
		s := openStore(t, dir)
		due, err := s.Due(t.Context(), t0.Add(time.Hour), time.Minute, 1)
		ok(t, err)
		// One poll more may have been made than was told.
		if last := int(due.Feeds[0].LastPoll.Sub(t0) / time.Second); last < brought || last > newest+1 {
			t.Errorf("poll %d is the last there; %d and up to %d were told", last, brought, newest)
		}
		ok(t, s.Close())
	}
}

// killAChild lets a child commit, adds to said what it acknowledges, and kills
// it after some of that.
func killAChild(t *testing.T, part, dir string, said map[string]storage.NewItem) {
	t.Helper()
	cmd := child(t.Context(), part, dir)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	left := 1 + rand.IntN(40)
	for line := range lines(out) {
		var feed, n int
		if _, err := fmt.Sscan(line, &feed, &n); err != nil {
			t.Fatalf("child said %q", line)
		}
		said[line] = newItem(feed, n, 2000)
		if left--; left == 0 {
			ok(t, cmd.Process.Kill())
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the child was not killed: %v", err)
	}
}

// missing gives the items that a store should have and has not, or whose alert it
// has not, and the stories that do not count the items that tell them.
func missing(t *testing.T, dir string, said map[string]storage.NewItem) (lost []string) {
	t.Helper()
	s := openStore(t, dir)
	alerts := make(map[string]bool)
	for d, err := range s.Deliveries(t.Context(), storage.DeliveryQuery{}) {
		ok(t, err)
		alerts[d.Alert.ID] = true
	}
	for line, n := range said {
		ids, err := s.Seen(t.Context(), n.Item.Feed, n.Keys)
		ok(t, err)
		if ids[0].Item != n.Item.ID || !alerts[n.Alerts[0].ID] {
			lost = append(lost, line)
		}
	}
	lost = append(lost, miscounted(t, s)...)
	ok(t, s.Close())
	return lost
}

func miscounted(t *testing.T, s storage.Store) (wrong []string) {
	t.Helper()
	items := make(map[string]int) // story → its items
	for i, err := range s.Items(t.Context(), storage.ItemQuery{}) {
		ok(t, err)
		items[i.Story]++
	}
	for story, err := range s.Stories(t.Context(), storage.StoryQuery{}) {
		ok(t, err)
		if story.Count != items[story.ID] || len(story.Members) != story.Count {
			wrong = append(wrong, fmt.Sprintf("%s counts %d of %d items", story.ID, story.Count, items[story.ID]))
		}
		delete(items, story.ID)
	}
	for story := range items {
		wrong = append(wrong, story+" is missing")
	}
	return wrong
}

func TestAnEarlierProcessIsKilledInEachSync(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 12; n++ {
		dir := t.TempDir()
		said := traced(t, dir, fmt.Sprintf("fdatasync:signal=SIGKILL:when=%d", n), -1)
		if lost := missing(t, dir, said); len(lost) > 0 {
			t.Errorf("killed in sync %d: %d of %d acknowledged items are lost", n, len(lost), len(said))
		}
	}
}

func TestADiskThatFailsToSyncEndsAllWriting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := traced(t, dir, "fdatasync:error=EIO:when=20", exitFailed)
	if len(said) == 0 {
		t.Fatal("nothing was acknowledged before the disk failed")
	}
	if lost := missing(t, dir, said); len(lost) > 0 {
		t.Errorf("%d of %d acknowledged items are lost", len(lost), len(said))
	}
}

// traced runs a child that polls until it fails, with strace injecting a fault,
// and gives what it acknowledged. A negative exit code stands for a signal.
func traced(t *testing.T, dir, fault string, code int) map[string]storage.NewItem {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if err := exec.Command(strace, "-o", os.DevNull, "true").Run(); err != nil {
		t.Skipf("strace does not work here: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := child(ctx, "fail", dir)
	cmd.Path = strace
	cmd.Args = []string{strace, "-f", "-o", os.DevNull, "-e", "trace=fdatasync", "-e", "inject=" + fault, os.Args[0]}
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	said := make(map[string]storage.NewItem)
	var last string
	for line := range lines(out) {
		var feed, n int
		if _, err := fmt.Sscan(line, &feed, &n); err == nil {
			said[line] = newItem(feed, n, 2000)
		}
		last = line
	}
	_ = cmd.Wait() // how it ended is in the exit code
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("exit code %d, want %d: %s", got, code, last)
	}
	return said
}
