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
	leastPrecision, leastRecall = 0.97, 0.945
	mostWrong                   = 3.0
)

func TestLabelledNewsAreGroupedAsTheyWere(t *testing.T) {
	for name, rows := range map[string][]*news{"labelled": labelledNews(t), "with background": readNews(t)} {
		t.Run(name, func(t *testing.T) {
			s := Evaluate(judge(rows, placeAll(rows, &weights), labelOfData))
			wrong := 100 * float64(s.Wrong) / float64(s.Merges)
			t.Logf("B-cubed P %.3f R %.3f F1 %.3f over %d; %d of %d merges wrong", s.Precision, s.Recall, s.F1, s.Labelled, s.Wrong, s.Merges)
			if name == "labelled" && (s.Precision < leastPrecision || s.Recall < leastRecall || wrong > mostWrong) {
				t.Errorf("precision %.3f, recall %.3f, %.1f wrong in 100: want %.3f, %.3f and %.1f", s.Precision, s.Recall, wrong, leastPrecision, leastRecall, mostWrong)
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
	for _, name := range []string{n.Story, n.more, n.ID} {
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
		for label, of := range map[string]func(*news) string{"of the data": labelOfData, "and more": labelOfAll} {
			var p, r, n float64
			for k := range folds {
				s := Evaluate(judge(rows, placeAll(rows, tables[k]), func(n *news) string {
					if fold(n) != k {
						return ""
					}
					return of(n)
				}))
				p, r, n = p+s.Precision*float64(s.Labelled), r+s.Recall*float64(s.Labelled), n+float64(s.Labelled)
			}
			p, r = p/n, r/n
			t.Logf("%s, labels %s: B-cubed P %.3f R %.3f F1 %.3f over %.0f", name, label, p, r, 2*p*r/(p+r), n)
			least := leastLeftOut
			if label != "of the data" {
				least = leastWithMore
			}
			if f := 2 * p * r / (p + r); f < least {
				t.Errorf("F1 %.3f, want %.3f", f, least)
			}
		}
	}
}

// What was reached by the labels of the data, and with those of testdata/more.tsv,
// less a small margin.
const (
	leastLeftOut  = 0.945
	leastWithMore = 0.92
)
