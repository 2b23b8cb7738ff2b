package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// wordNet is what is used of WordNet: which senses a word has, and how senses
// and words hang together. The files' form is told in wndb(5WN).
type wordNet struct {
	senses  map[string][]string // of a word, as synsets in order of frequency
	synsets map[string]*synset  // by part of speech and offset: n08077530
}

type synset struct {
	field   string // lexicographer file, see lexnames(5WN): 04 is noun.act
	words   []string
	links   map[string][]string // by pointer symbol: synsets
	derived []link
	against []link
}

// link goes from a word of a synset to a word of another.
type link struct {
	from, to int // counted from 1; 0 is all
	target   string
}

func readWordNet(dict string) (*wordNet, error) {
	net := &wordNet{senses: map[string][]string{}, synsets: map[string]*synset{}}
	for _, part := range []string{"noun", "verb", "adj", "adv"} {
		letter := map[string]string{"noun": "n", "verb": "v", "adj": "a", "adv": "r"}[part]
		if err := net.lines(filepath.Join(dict, "data."+part), func(f []string) error { return net.addSynset(letter, f) }); err != nil {
			return nil, err
		}
		if err := net.lines(filepath.Join(dict, "index."+part), func(f []string) error { return net.addWord(letter, f) }); err != nil {
			return nil, err
		}
	}
	return net, nil
}

// lines gives the fields of each line but those of the licence, which are
// indented.
func (net *wordNet) lines(file string, add func(fields []string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		if strings.HasPrefix(scan.Text(), " ") {
			continue
		}
		if err := add(strings.Fields(scan.Text())); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return scan.Err()
}

// addSynset reads: offset file type count (word id)... count (symbol offset part
// from-to)...
func (net *wordNet) addSynset(part string, f []string) error {
	s := &synset{field: f[1], links: map[string][]string{}}
	net.synsets[part+f[0]] = s
	count, err := strconv.ParseInt(f[3], 16, 0)
	if err != nil {
		return err
	}
	for i := range int(count) {
		word, _, _ := strings.Cut(f[4+2*i], "(") // behind adjectives: where they may stand
		s.words = append(s.words, word)
	}
	f = f[4+2*count:]
	pointers, err := strconv.Atoi(f[0])
	if err != nil {
		return err
	}
	for f = f[1:]; pointers > 0; pointers, f = pointers-1, f[4:] {
		if err := s.addPointer(f); err != nil {
			return err
		}
	}
	return nil
}

func (s *synset) addPointer(f []string) error {
	ends, err := strconv.ParseUint(f[3], 16, 16)
	if err != nil {
		return err
	}
	l := link{from: int(ends >> 8), to: int(ends & 0xff), target: f[2] + f[1]}
	switch f[0] {
	case "+":
		s.derived = append(s.derived, l)
	case "!":
		s.against = append(s.against, l)
	default:
		s.links[f[0]] = append(s.links[f[0]], l.target)
	}
	return nil
}

// addWord reads: word part senses pointers symbol... senses tagged offset...
func (net *wordNet) addWord(part string, f []string) error {
	pointers, err := strconv.Atoi(f[3])
	if err != nil {
		return err
	}
	for _, offset := range f[6+pointers:] {
		net.senses[f[0]] = append(net.senses[f[0]], part+offset)
	}
	return nil
}

// isLemma tells whether it is a word of the dictionary, not a form of one.
func (net *wordNet) isLemma(w string) bool { return len(net.senses[w]) > 0 }

// parts gives the letters of the parts of speech that a word, or what it is a
// form of, is known as, n v a r, and e for what happens.
func (net *wordNet) parts(w string) string {
	found := map[byte]bool{}
	for _, s := range net.senses[w] {
		found[s[0]] = true
	}
	happens, isLight := net.happens(w), false
	for _, form := range forms {
		base, ok := strings.CutSuffix(w, form.ending)
		if !ok {
			continue
		}
		base += form.instead
		for _, s := range net.senses[base] {
			if s[0] == form.part {
				found[s[0]] = true
				happens = happens || net.happens(base)
				isLight = isLight || slices.Contains(light, base)
			}
		}
	}
	if happens && !isLight {
		found['e'] = true
	}
	return strings.Map(func(letter rune) rune {
		if found[byte(letter)] {
			return letter
		}
		return -1
	}, "nvare")
}

// eventful are the fields of what happens or holds between parties: of nouns
// communication, event, feeling, group, possession, process, relation and state,
// of verbs change, communication, competition, contact, possession and social.
// An act must be something that one can do: technology is filed there too.
var eventful = map[string]bool{
	"n10": true, "n11": true, "n12": true, "n14": true, "n21": true, "n22": true, "n24": true, "n26": true,
	"v30": true, "v32": true, "v33": true, "v35": true, "v40": true, "v41": true,
}

// happens tells whether the commonest sense of a word, as a noun if it is one, is
// of something that happens or holds between parties.
func (net *wordNet) happens(w string) bool {
	senses := net.senses[w]
	if len(senses) == 0 || slices.Contains(light, w) {
		return false
	}
	s := net.synsets[senses[0]]
	if part := senses[0][:1]; part != "n" || s.field != "04" {
		return eventful[part+s.field]
	}
	isVerb := func(id string) bool { return id[0] == 'v' }
	return slices.ContainsFunc(senses, isVerb) || slices.ContainsFunc(s.derived, func(l link) bool { return isVerb(l.target) })
}

// light words mean little without an object: verbs of wishing, trying, having and
// doing, and what is made of them.
var light = strings.Fields("want need wish hope like try attempt seek let allow get take give make put have do go come " +
	"keep hold set use show turn bring move push help provide offer begin start end continue happen become remain seem " +
	"say tell ask call note suggest indicate describe mention highlight grow cut increase include add change chance " +
	"way part kind process step basis effort business firm")

// forms are the endings that morphy(7WN) takes off.
var forms = []struct {
	part            byte
	ending, instead string
}{
	{'n', "s", ""}, {'n', "ses", "s"}, {'n', "xes", "x"}, {'n', "zes", "z"}, {'n', "ches", "ch"},
	{'n', "shes", "sh"}, {'n', "men", "man"}, {'n', "ies", "y"},
	{'v', "s", ""}, {'v', "ies", "y"}, {'v', "es", "e"}, {'v', "es", ""}, {'v', "ed", "e"},
	{'v', "ed", ""}, {'v', "ing", "e"}, {'v', "ing", ""},
	{'a', "er", ""}, {'a', "est", ""}, {'a', "er", "e"}, {'a', "est", "e"},
}
