package story

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds/lexicon"
)

// shared gives a path among the data that lie outside the repository.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("FEEDWATCH_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the data are not there: set FEEDWATCH_SHARED (%v)", err)
	}
	return path
}

// english is a Config that knows English at large.
func english() Config {
	return Config{Rarity: lexicon.Rarity, Name: lexiconName}
}

func lexiconName(w string) bool {
	return !lexicon.Known(w) || lexicon.Parts(w) == 0 && lexicon.Rarity(w) > 8
}

// news is a row of the labelled news. Of texts that the data leave unlabelled,
// testdata/more.tsv tells the cluster, if they have one, and the event that they are
// an angle or a sequel of.
type news struct {
	ID, URL, Outlet, Title, Date, Text, Cluster, Story, Lang string

	more, event string
	background  bool
}

func (n *news) text() Text {
	at, _ := time.Parse(time.DateOnly, n.Date) // readNews has seen that it is one
	return Text{ID: n.ID, At: at, Outlet: n.Outlet, Link: n.URL, Title: n.Title, Lead: n.Text, Language: n.Lang}
}

func (n *news) cluster() string {
	if n.Cluster != "" {
		return n.Cluster
	}
	return n.more
}

// readNews gives the news that have a day, in order of time. They are read once.
func readNews(t testing.TB) []*news {
	t.Helper()
	dir := shared(t, "news")
	rows, err := readOnce(dir)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// labelledNews leaves out what nobody has looked at.
func labelledNews(t testing.TB) []*news {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(readNews(t)), func(n *news) bool { return n.background })
}

var readOnce = func() func(dir string) ([]*news, error) {
	var once sync.Once
	var rows []*news
	var err error
	return func(dir string) ([]*news, error) {
		once.Do(func() { rows, err = readRows(dir) })
		return rows, err
	}
}()

func readRows(dir string) (rows []*news, err error) {
	more, err := readMore()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"labelled", "background"} {
		in, err := os.Open(filepath.Join(dir, name+".jsonl"))
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			n := &news{background: name == "background"}
			if err := json.Unmarshal(lines.Bytes(), n); err != nil {
				return nil, err
			}
			if _, err := time.Parse(time.DateOnly, n.Date); err != nil {
				continue
			}
			if n.Lang == "" {
				n.Lang = rules.DetectLanguage(n.Text)
			}
			n.more, n.event = more[n.ID].cluster, more[n.ID].event
			if n.Story != "" {
				n.event = n.Story
			}
			rows = append(rows, n)
		}
		if err := errors.Join(lines.Err(), in.Close()); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(rows, func(a, b *news) int { return strings.Compare(a.Date, b.Date) })
	return rows, nil
}

// labels are those of a row of testdata/more.tsv.
type labels struct{ cluster, event string }

func readMore() (map[string]labels, error) {
	text, err := os.ReadFile("testdata/more.tsv")
	if err != nil {
		return nil, err
	}
	more := map[string]labels{}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("testdata/more.tsv: %q is no id, cluster and event", line)
		}
		more[f[0]] = labels{strings.TrimPrefix(f[1], "-"), f[2]}
	}
	return more, nil
}

// placeAll groups the news with these weights, in the order given, forgetting as the
// daemon does.
func placeAll(rows []*news, w *table) map[*news]string {
	g := New(english())
	g.weights = w
	stories, joined, latest := map[*news]string{}, map[string]string{}, time.Time{}
	for _, n := range rows {
		t := n.text()
		if t.At.After(latest) {
			latest = t.At
			g.Forget(latest.Add(-72 * time.Hour))
		}
		p := g.Place(t)
		for _, id := range p.Joins {
			joined[id] = p.Story
		}
		stories[n] = p.Story
	}
	for n, id := range stories {
		for joined[id] != "" {
			id = joined[id]
		}
		stories[n] = id
	}
	return stories
}

// judge lays a grouping beside labels. What testdata/more.tsv says of texts that the
// data leave unlabelled is never a mistake: they do tell that event.
func judge(rows []*news, stories map[*news]string, label func(*news) string) []Judged {
	list := make([]Judged, len(rows))
	for i, n := range rows {
		list[i] = Judged{ID: n.ID, Story: stories[n], Cluster: label(n), Loose: n.event}
	}
	return list
}

func labelOfData(n *news) string { return n.Cluster }

func labelOfAll(n *news) string { return n.cluster() }
