package deliver

import "strings"

// difference is what became of a text, in runs that are as they were, removed or
// added.
type difference []run

// maxTable bounds the table of a comparison, in cells: some 1,000 words changed
// for others.
const maxTable = 1 << 20

// differ compares two texts word by word, what is not seen left aside. It finds
// a longest common subsequence of the words; of texts too long for that it says
// that all between their common beginning and end became other.
func differ(before, after string) difference {
	a, b := strings.Fields(clean(before)), strings.Fields(clean(after))
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var d difference
	d.add(asIs, a[:start]...)
	d.between(a[start:len(a)-end], b[start:len(b)-end])
	d.add(asIs, a[len(a)-end:]...)
	return d.known(len(before) >= cutText, len(after) >= cutText)
}

// cutText is how long a text of an alert is that may have been cut to an excerpt.
const cutText = 3900

// known leaves out the end of a difference that is none: where one text was cut,
// nobody knows whether it lacks what ends the other.
func (d difference) known(cutBefore, cutAfter bool) difference {
	n := len(d)
	for n > 0 && (d[n-1].look == removed && cutAfter || d[n-1].look == added && cutBefore) {
		n--
	}
	if n == 0 || n == 1 && d[0].look == asIs && len(d) > 2 {
		return d // Nothing of one is left in the other.
	}
	return d[:n]
}

// add goes on with words of one look.
func (d *difference) add(l look, words ...string) {
	if len(words) == 0 {
		return
	}
	text := strings.Join(words, " ")
	if n := len(*d); n > 0 && (*d)[n-1].look == l {
		(*d)[n-1].text += " " + text
		return
	}
	*d = append(*d, run{text: text, look: l})
}

// between compares words that neither begin nor end alike.
func (d *difference) between(a, b []string) {
	if len(a)*len(b) > maxTable {
		d.add(removed, a...)
		d.add(added, b...)
		return
	}
	// common[i][j] is how many words a[i:] and b[j:] have in common, in order.
	common := make([][]uint16, len(a)+1)
	common[len(a)] = make([]uint16, len(b)+1)
	for i := len(a) - 1; i >= 0; i-- {
		common[i] = make([]uint16, len(b)+1)
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			d.add(asIs, a[i])
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			d.add(removed, a[i])
			i++
		default:
			d.add(added, b[j])
			j++
		}
	}
	d.add(removed, a[i:]...)
	d.add(added, b[j:]...)
}

// Bounds of a difference that people see, in bytes: what stays is shown as far
// as it says where the change is.
const (
	maxContext = 60   // of what stays, at either side of a change
	maxPiece   = 400  // of one change
	maxShown   = 1600 // in all
)

// shown is the difference for people: the changes with a little around them, and
// the spaces between words. It is empty where nothing changed.
func (d difference) shown() []run {
	var out []run
	total := 0
	for i, r := range d {
		if len(d) == 1 && r.look == asIs {
			return nil
		}
		switch {
		case r.look != asIs:
			r.text = cut(r.text, maxPiece)
		case i == 0:
			r.text = ending(r.text, maxContext)
		case i == len(d)-1:
			r.text = cut(r.text, maxContext)
		case len(r.text) > 2*maxContext:
			r.text = cut(r.text, maxContext) + " " + ending(r.text, maxContext)
		}
		if total += len(r.text); total > maxShown {
			return append(out, run{text: " " + ellipsis})
		}
		if len(out) > 0 {
			out = append(out, run{text: " "})
		}
		out = append(out, r)
	}
	return out
}

// ending is the end of a text, from the beginning of a word on.
func ending(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return ellipsis + s[wordStart(s, len(s)-n):]
}
