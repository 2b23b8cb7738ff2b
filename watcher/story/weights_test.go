package story

import (
	"flag"
	"math"
	"testing"
)

var (
	update = flag.Bool("update", false, "train the weights anew and write weights.go")
	large  = flag.Bool("large", false, "measure the window of a million texts too")
	leave  = flag.Bool("leave", false, "score stories that are left out of training, which takes a minute")
)

// The slope of the loss is nought at the weights that training ends with, which costs
// less to see than training.
func TestWeightsAreWhatTrainingGives(t *testing.T) {
	all := allSamples(t)
	everything := func(*sample) bool { return true }
	w := &weights
	if *update {
		w = train(all, everything)
		writeWeights(t, w)
	}
	steepest := 0.0
	for _, v := range pose(all, everything).slope(w, nil) {
		steepest = max(steepest, math.Abs(v))
	}
	t.Logf("%d pairs, steepest slope %.2g", len(all), steepest)
	if steepest > 5e-4 {
		t.Errorf("the slope is %.2g: train anew with -update", steepest)
	}
}

// Reached on the labelled news, less a small margin: floors of B-cubed, and the most
// merges in a hundred that may be wrong.
const (
	leastPrecision, leastRecall = 0.985, 0.97
	mostWrong                   = 1.0
	mostWrongInAll              = 0.5 // with all the background around them, and its labels
)

func TestLabelledNewsAreGroupedAsTheyWere(t *testing.T) {
	for name, rows := range map[string][]*news{"labelled": labelledNews(t), "with background": readNews(t)} {
		t.Run(name, func(t *testing.T) {
			s := Evaluate(judge(rows, placeAll(rows, &weights), labelOfData))
			wrong := 100 * float64(s.Wrong) / float64(s.Merges)
			t.Logf("B-cubed P %.3f R %.3f F1 %.3f over %d; %d of %d merges wrong", s.Precision, s.Recall, s.F1, s.Labelled, s.Wrong, s.Merges)
			most := mostWrong
			if name != "labelled" {
				most = mostWrongInAll
			}
			if s.Precision < leastPrecision || s.Recall < leastRecall || wrong > most {
				t.Errorf("precision %.3f, recall %.3f, %.1f wrong in 100: want %.3f, %.3f and %.1f", s.Precision, s.Recall, wrong, leastPrecision, leastRecall, most)
			}
			titles := map[string]string{}
			for _, n := range rows {
				titles[n.ID] = n.Date + " " + n.Title
			}
			for _, p := range s.WrongPairs {
				t.Logf("wrong: %s | %s", titles[p[0]], titles[p[1]])
			}
		})
	}
}

const folds = 5

// fold puts whole stories into one of the parts that are left out in turn.
func fold(n *news) int {
	for _, name := range []string{n.event, n.ID} {
		if name != "" {
			return int(hash(name) % folds)
		}
	}
	return 0
}

// TestStoriesLeftOutAreGroupedAsWell trains without a fifth of the stories and
// scores these, five times.
func TestStoriesLeftOutAreGroupedAsWell(t *testing.T) {
	if !*leave {
		t.Skip("run it with -leave")
	}
	all := allSamples(t)
	var tables [folds]*table
	for k := range folds {
		tables[k] = train(all, func(s *sample) bool { return fold(s.a) != k && (s.same || fold(s.b) != k) })
	}
	for name, rows := range map[string][]*news{"labelled": labelledNews(t), "with background": readNews(t)} {
		var data, more leftOut
		most := mostWrong
		if name != "labelled" {
			most = mostWrongInAll
		}
		for k := range folds {
			stories := placeAll(rows, tables[k])
			data.add(rows, stories, labelOfData, k)
			more.add(rows, stories, labelOfAll, k)
		}
		data.want(t, name+", labels of the data", leastLeftOut, most)
		more.want(t, name+", and more", leastWithMore, most)
	}
}

// What was reached by the labels of the data, and with those of testdata/more.tsv,
// less a small margin.
const (
	leastLeftOut  = 0.95
	leastWithMore = 0.95
)

// leftOut sums up the scores of stories that were left out of training in turn.
type leftOut struct {
	precision, recall, labelled float64
	merges, wrong               int
}

// add scores the texts of one part. A merge counts where the text that joins is of it.
func (l *leftOut) add(rows []*news, stories map[*news]string, label func(*news) string, part int) {
	judged := judge(rows, stories, label)
	so := map[string][]*Judged{}
	for i, n := range rows {
		j := &judged[i]
		if fold(n) == part {
			var s Score
			s.merge(j, so[j.Story])
			l.merges, l.wrong = l.merges+s.Merges, l.wrong+s.Wrong
		}
		so[j.Story] = append(so[j.Story], j)
	}
	s := Evaluate(judge(rows, stories, func(n *news) string {
		if fold(n) != part {
			return ""
		}
		return label(n)
	}))
	n := float64(s.Labelled)
	l.precision, l.recall, l.labelled = l.precision+s.Precision*n, l.recall+s.Recall*n, l.labelled+n
}

func (l *leftOut) want(t *testing.T, name string, least, most float64) {
	t.Helper()
	p, r := l.precision/l.labelled, l.recall/l.labelled
	f, wrong := 2*p*r/(p+r), 100*float64(l.wrong)/float64(l.merges)
	t.Logf("%s: B-cubed P %.3f R %.3f F1 %.3f over %.0f; %d of %d merges wrong (%.1f %%)", name, p, r, f, l.labelled, l.wrong, l.merges, wrong)
	if f < least || wrong > most {
		t.Errorf("%s: F1 %.3f and %.1f wrong in 100, want %.3f and %.1f", name, f, wrong, least, most)
	}
}
