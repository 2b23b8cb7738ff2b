package story

// Judged is a text with what the grouping said of it and what a person did.
type Judged struct {
	ID      string
	Story   string // that the grouping put it in
	Cluster string // the same event and core news; empty where nobody said
	Loose   string // an event with its angles; texts of one may be grouped or not; may be empty
}

// Score says how well a grouping agrees with labels.
type Score struct {
	// B-cubed (Bagga and Baldwin, 1998) over the texts that have a cluster, every
	// other text being a cluster of its own: of the texts in the story of each, how
	// many belong to it, and of those that belong to it, how many are in its story.
	Precision, Recall, F1 float64
	// Merges counts the texts that joined a story where either they or a text of it
	// have labels; Wrong those of them that belong to no text before them.
	Merges, Wrong int
	Labelled      int         // texts that have a cluster
	WrongPairs    [][2]string // ids of texts that joined wrongly, and of the story's first
	Missed        [][2]string // ids of texts apart from the first of their cluster
}

// Evaluate scores a grouping. The texts stand in the order in which they were
// placed.
func Evaluate(texts []Judged) Score {
	var s Score
	stories, clusters := map[string][]*Judged{}, map[string][]*Judged{}
	for i := range texts {
		t := &texts[i]
		s.merge(t, stories[t.Story])
		stories[t.Story] = append(stories[t.Story], t)
		if t.Cluster != "" {
			clusters[t.Cluster] = append(clusters[t.Cluster], t)
		}
	}
	for _, t := range texts {
		if t.Cluster == "" {
			continue
		}
		s.Labelled++
		s.Precision += fraction(stories[t.Story], func(o *Judged) bool { return t.belongs(o) })
		s.Recall += fraction(clusters[t.Cluster], func(o *Judged) bool { return o.Story == t.Story })
		if first := clusters[t.Cluster][0]; first.Story != t.Story {
			s.Missed = append(s.Missed, [2]string{t.ID, first.ID})
		}
	}
	if s.Labelled > 0 {
		s.Precision /= float64(s.Labelled)
		s.Recall /= float64(s.Labelled)
	}
	if sum := s.Precision + s.Recall; sum > 0 {
		s.F1 = 2 * s.Precision * s.Recall / sum
	}
	return s
}

// merge counts a text that joins others.
func (s *Score) merge(t *Judged, others []*Judged) {
	labelled, right := t.Cluster != "" || t.Loose != "", false
	for _, o := range others {
		labelled = labelled || o.Cluster != "" || o.Loose != ""
		right = right || t.belongs(o)
	}
	if len(others) == 0 || !labelled {
		return
	}
	s.Merges++
	if !right {
		s.Wrong++
		s.WrongPairs = append(s.WrongPairs, [2]string{t.ID, others[0].ID})
	}
}

// belongs tells whether grouping two texts is no mistake.
func (t *Judged) belongs(o *Judged) bool {
	return t.ID == o.ID || t.Cluster != "" && t.Cluster == o.Cluster || t.Loose != "" && t.Loose == o.Loose
}

func fraction(of []*Judged, is func(*Judged) bool) float64 {
	n := 0
	for _, t := range of {
		if is(t) {
			n++
		}
	}
	return float64(n) / float64(len(of))
}
