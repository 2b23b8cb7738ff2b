package story

import (
	"bytes"
	"fmt"
	"go/format"
	"math"
	"os"
	"testing"
	"time"
)

// sample is a pair to learn from.
type sample struct {
	features
	a, b   *news
	same   bool
	extra  bool // of texts that did not come together
	weight float64
}

// Of texts that came years apart and share names some pairs are learned from as if
// they had come together: what firms that are always in the news do is seldom one
// event. They count for little, being made up.
const extraWeight = 0.03

// Pairs that tell one event from different angles are no wrong merge, but a reader is
// better off with the angles apart: they count for that much as different.
const angleWeight = 0.3

// samples are the pairs within 72 hours that share enough to be compared, and all
// that tell the same event. Of the mass that nobody labelled an eighth is taken.
func samples(rows []*news) (list []*sample) {
	profiles := profilesOf(rows)
	for i, a := range rows {
		for _, b := range rows[i+1:] {
			pa, pb := profiles[a], profiles[b]
			far := pb.at-pa.at > 72*3600
			if far && a.background {
				break
			}
			s := &sample{a: a, b: b, same: a.cluster() != "" && a.cluster() == b.cluster(), extra: far, weight: 1}
			switch {
			case pa.language != pb.language, !s.same && blocked(pa, pb),
				far && (s.same || b.background):
				continue
			case !s.same && a.event != "" && a.event == b.event:
				s.weight = angleWeight
			case far:
				together := *pb
				together.at = pa.at + int64(hash(b.ID)%2)*24*3600
				pb, s.weight = &together, extraWeight
			}
			compare(pa, pb, &s.features)
			if !s.same && !far && s.weight == 1 && a.cluster() == "" && b.cluster() == "" && a.background && b.background {
				if s.weight = 0.3; hash(a.ID+b.ID)%8 != 0 && s.features[fShared] < math.Log1p(14)/4 {
					continue
				}
			}
			if s.same || s.tells() {
				list = append(list, s)
			}
		}
	}
	return list
}

// tells leaves out the pairs that nothing would take for one story.
func (s *sample) tells() bool {
	return s.features[fShared] >= math.Log1p(leastInCommon)/4 &&
		(s.features[fTitle] > 0.12 || s.features[fShared] > 0.75 || s.features[fNames] > 0.7)
}

// profilesOf reads the news in order of time, as a grouper does that puts each text
// where the labels say.
func profilesOf(rows []*news) map[*news]*profile {
	profiles, day := map[*news]*profile{}, ""
	g := New(english())
	for _, n := range rows {
		t := n.text()
		if n.Date != day {
			day = n.Date
			g.Forget(t.At.Add(-72 * time.Hour))
		}
		story := n.cluster()
		if story == "" {
			story = n.ID
		}
		g.Add(t, story)
		profiles[n] = &g.texts[n.ID].profile
	}
	return profiles
}

// allSamples are those of all the news, whose window is crowded, and of the labelled
// alone, where it is not.
func allSamples(t testing.TB) []*sample {
	t.Helper()
	return append(samples(readNews(t)), samples(labelledNews(t))...)
}

// problem is what training solves: logistic regression over pairs, where both
// answers count alike, and the pairs of a cluster by the root of their number.
type problem struct {
	samples []*sample
	counts  []float64
}

const ridge = 0.0005 // the L2 penalty

func pose(all []*sample, use func(*sample) bool) *problem {
	p := &problem{}
	size, total := map[string]float64{}, map[bool]float64{}
	for _, s := range all {
		if s.same && use(s) {
			size[s.a.cluster()]++
		}
	}
	for _, s := range all {
		if !use(s) {
			continue
		}
		count := s.weight
		if s.same {
			count /= math.Sqrt(size[s.a.cluster()])
		}
		total[s.same] += count
		p.samples, p.counts = append(p.samples, s), append(p.counts, count)
	}
	for i, s := range p.samples {
		p.counts[i] /= total[s.same]
	}
	return p
}

// slope gives the gradient of the loss at w, and the lower half of its curvature
// where there is room for it.
func (p *problem) slope(w *table, curve [][]float64) []float64 {
	g := make([]float64, len(w))
	for k := 1; k < len(w); k++ { // the bias goes free
		g[k] = ridge * w[k]
	}
	for k := range curve {
		clear(curve[k])
		curve[k][k] = ridge
	}
	var x table
	for i, s := range p.samples {
		products(&s.features, &x)
		guess := 1 / (1 + math.Exp(-w.of(&s.features)))
		e, v := p.counts[i]*(guess-truth(s.same)), p.counts[i]*guess*(1-guess)
		for k, xk := range x {
			if xk == 0 {
				continue
			}
			g[k] += e * xk
			if curve == nil || v < 1e-12 {
				continue
			}
			row, vx := curve[k], v*xk
			for j, xj := range x[:k+1] {
				row[j] += vx * xj
			}
		}
	}
	return g
}

// products are what the weights of a table stand before.
func products(f *features, x *table) {
	n := 0
	for i := range f {
		for j := range i + 1 {
			x[n] = f[i] * f[j]
			n++
		}
	}
}

// train fits the weights by Newton's method.
func train(all []*sample, use func(*sample) bool) *table {
	p := pose(all, use)
	var w table
	curve := make([][]float64, len(w))
	for k := range curve {
		curve[k] = make([]float64, k+1)
	}
	for range 9 {
		step := p.slope(&w, curve)
		solve(curve, step)
		for k := range w {
			w[k] -= step[k]
		}
	}
	return &w
}

// solve puts x into b where a x = b, of a symmetric positive a of which the lower
// half is given, and used up (Cholesky).
func solve(a [][]float64, b []float64) {
	for i := range a {
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= a[i][k] * a[j][k]
			}
			if i == j {
				a[i][i] = math.Sqrt(sum)
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
	for i := range b {
		for k := range i {
			b[i] -= a[i][k] * b[k]
		}
		b[i] /= a[i][i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for k := i + 1; k < len(b); k++ {
			b[i] -= a[k][i] * b[k]
		}
		b[i] /= a[i][i]
	}
}

func writeWeights(t *testing.T, w *table) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprint(&b, "package story\n\n// weights say how much each feature of a pair, and each two of them, count for\n"+
		"// being one story: a row a feature. They are the work of\n// go test ./watcher/story -run TestWeights -update.\nvar weights = table{\n")
	n := 0
	for i := range int(featureCount) {
		for range i + 1 {
			fmt.Fprintf(&b, "%.4f,", w[n])
			n++
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprint(&b, "}\n")
	code, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("weights.go", code, 0o644); err != nil {
		t.Fatal(err)
	}
}
