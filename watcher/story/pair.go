package story

import "math"

// The features of a pair of texts.
const (
	fBias       = iota
	fTitle      // share of the headlines' weight that is in both
	fCoverLeast // share of a headline that the other text has: the lesser of the two
	fCoverMost  // and the greater
	fWhole      // share of the texts' weight that is in both
	fShared     // weight that is in both
	fRarest     // the rarest word in both
	fSecond     // and the next
	fNames      // weight of the names in both
	fStrangeLeast
	fStrangeMost // share of a headline that is names which the other text lacks
	fEvent       // weight of what is in both and no name
	fAmounts     // amounts in both
	fOtherAmounts
	fNeighbours // words that follow each other in both headlines
	fHours      // between the two
	fOutlet     // the same one: it seldom tells an event twice
	fLength     // weight of the lesser text
	fBoth       // names and event together
	fTitleEvent
	fTitleNames
	fLater     // days between them beyond the first
	fAsides    // headlines that ask, explain, advise or judge
	fMoods     // one says what may be, the other what is
	fModal     // both say what may be
	fCosine    // of the vectors of rare words
	fDepth     // words of the shorter text
	fActs      // something is done in both headlines
	fOtherActs // something is done in each, and nothing in both
	featureCount
)

// features are measures of a pair, about 0 to 1.
type features [featureCount]float64

// tally sums up what two texts share, and what each has alone.
type tally struct {
	title, whole           float64 // shared
	names, event           float64
	titleNames, titleEvent float64
	inA, inB               float64 // weight of a's headline that b has, and the reverse
	strangeA, strangeB     float64 // weight of the names in a headline that the other lacks
	first, second          float64
	amounts                float64
	amountsA, amountsB     int
	places                 [mostTitle][2]uint8
	placed                 int
	dot                    float64
}

// alone counts a term of one text only.
func alone(t term, strange *float64, amounts *int) {
	if t.flags&(inTitle|isName) == inTitle|isName {
		*strange += t.weight()
	}
	if t.flags&(inTitle|isNumber|isSmall) == inTitle|isNumber {
		*amounts++
	}
}

// both counts a term of both.
func (s *tally) both(a, b term) {
	s.dot += a.heft() * b.heft()
	if (a.flags|b.flags)&isLater != 0 {
		return
	}
	w := min(a.weight(), b.weight())
	s.whole += w
	switch {
	case w > s.first:
		s.first, s.second = w, s.first
	case w > s.second:
		s.second = w
	}
	if a.flags&inTitle != 0 {
		s.inA += w
	}
	if b.flags&inTitle != 0 {
		s.inB += w
	}
	event, titleEvent := &s.event, &s.titleEvent
	if (a.flags|b.flags)&isName != 0 {
		event, titleEvent = &s.names, &s.titleNames
	}
	*event += w
	if a.flags&b.flags&inTitle != 0 {
		*titleEvent += w
		s.title += w
		if s.placed < len(s.places) {
			s.places[s.placed] = [2]uint8{a.place, b.place}
			s.placed++
		}
	}
	if a.flags&(isNumber|isSmall) == isNumber {
		s.amounts++
	}
}

// count walks both texts, whose terms are sorted.
func (s *tally) count(a, b []term) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].key < b[0].key:
			alone(a[0], &s.strangeA, &s.amountsA)
			a = a[1:]
		case b[0].key < a[0].key:
			alone(b[0], &s.strangeB, &s.amountsB)
			b = b[1:]
		default:
			s.both(a[0], b[0])
			a, b = a[1:], b[1:]
		}
	}
	for _, t := range a {
		alone(t, &s.strangeA, &s.amountsA)
	}
	for _, t := range b {
		alone(t, &s.strangeB, &s.amountsB)
	}
}

// neighbours counts the words that follow each other in both headlines.
func (s *tally) neighbours() (n float64) {
	places := s.places[:s.placed]
	for _, p := range places {
		for _, q := range places {
			if p[0]+1 == q[0] && p[1]+1 == q[1] {
				n++
			}
		}
	}
	return n
}

// A headline of so few words, which comes again with every quarter, ties texts
// together only where they share this much beyond it.
const (
	thinWords  = 2
	thinBeyond = 6
)

// compare measures how alike two texts are. It is symmetric. It tells whether what
// they share is a thin headline.
func compare(a, b *profile, f *features) (thin bool) {
	const tiny = 1e-9  // for texts without a word
	const little = 4.0 // so that the share of one word is not taken for much
	var s tally
	s.count(a.terms, b.terms)
	coverA, coverB := s.inA/(a.title+tiny), s.inB/(b.title+tiny)
	strangeA, strangeB := s.strangeA/(a.title+tiny), s.strangeB/(b.title+tiny)
	f[fBias] = 1
	f[fCosine] = s.dot / (a.wide*b.wide + tiny)
	f[fDepth] = min(math.Log1p(float64(min(a.depth, b.depth)))/5, 1)
	f[fTitle] = s.title / (math.Sqrt(a.title*b.title) + tiny)
	f[fCoverLeast], f[fCoverMost] = min(coverA, coverB), max(coverA, coverB)
	f[fWhole] = s.whole / (math.Sqrt(a.whole*b.whole) + tiny)
	f[fShared] = math.Log1p(s.whole) / 4
	f[fRarest], f[fSecond] = s.first/12, s.second/12
	f[fNames], f[fEvent] = math.Log1p(s.names)/4, math.Log1p(s.event)/4
	f[fStrangeLeast], f[fStrangeMost] = min(strangeA, strangeB), max(strangeA, strangeB)
	f[fAmounts] = min(s.amounts, 3) / 3
	f[fOtherAmounts] = truth(s.amountsA > 0 && s.amountsB > 0 && s.amounts == 0)
	f[fNeighbours] = min(s.neighbours(), 4) / 4
	f[fHours] = math.Abs(float64(a.at-b.at)) / (72 * 3600)
	f[fLater] = max(0, math.Abs(float64(a.at-b.at))/3600-24) / 24
	f[fAsides] = (truth(a.kind&aside != 0) + truth(b.kind&aside != 0)) / 2
	f[fMoods], f[fModal] = truth((a.kind^b.kind)&tentative != 0), truth(a.kind&b.kind&tentative != 0)
	f[fActs] = truth(a.acts&b.acts != 0)
	f[fOtherActs] = truth(a.acts != 0 && b.acts != 0 && a.acts&b.acts == 0)
	f[fOutlet] = truth(a.outlet == b.outlet)
	f[fLength] = math.Log1p(min(a.whole, b.whole)) / 5
	f[fBoth] = f[fNames] * f[fEvent]
	f[fTitleEvent] = s.titleEvent / (math.Sqrt((a.title-a.names)*(b.title-b.names)) + little)
	f[fTitleNames] = s.titleNames / (math.Sqrt(a.names*b.names) + little)
	return min(a.headline, b.headline) <= thinWords && s.whole-s.title < thinBeyond
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// table holds a weight for each feature and each product of two, in the order of
// [table.of]. The bias is a feature, so that the products with it are the features
// themselves.
type table [featureCount * (featureCount + 1) / 2]float64

// of is the log odds of a pair that has these features.
func (w *table) of(f *features) (sum float64) {
	n := 0
	for i, x := range f {
		if x == 0 {
			n += i + 1
			continue
		}
		row := w[n : n+i+1]
		part := 0.0
		for j, v := range row {
			part += v * f[j]
		}
		sum += x * part
		n += i + 1
	}
	return sum
}

// Two articles of some length, by different outlets and a day apart at most, are one
// story if they dwell on the same rare words, whatever their headlines: those of whole
// articles are often missing or mangled. Feeds bring few of them, so this much is not
// learned.
const (
	articleWords = 150
	articleNear  = 0.28 // the cosine that says nothing either way
	articleSlope = 40   // log odds a unit above it
)

// articles gives the log odds by that, or the least.
func articles(a, b *profile, f *features) float64 {
	if min(a.depth, b.depth) < articleWords || a.outlet == b.outlet || max(a.at-b.at, b.at-a.at) > 24*3600 {
		return farthest
	}
	return articleSlope * (f[fCosine] - articleNear)
}

// blocked tells whether two texts can't be one story however alike they are.
func blocked(a, b *profile) bool {
	return (a.kind|b.kind)&container != 0 || opposed(a.stances, b.stances) || otherVersions(a.versions, b.versions) ||
		a.language != b.language && a.language != [2]byte{} && b.language != [2]byte{}
}
