package main

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/seeds"
)

// seedsPack is how the configuration names the built-in pack and its feeds.
const seedsPack = "seeds"

// loadedPack is a pack with the text that errors about it show.
type loadedPack struct {
	*rules.Pack
	source *strictyaml.Source
}

// packNames are the packs of the file: the built-in one where the key is left
// out, none where it is an empty list.
func (l *loader) packNames() []string {
	if !l.file.Has("packs") {
		return []string{seedsPack}
	}
	if len(l.doc.Packs) == 0 {
		l.warn(l.file.KeyPos("packs"), "add seeds, or a file of rules", "there are no rules, so nothing is alerted")
	}
	return l.doc.Packs
}

// loadPacks reads and checks packs. One that is broken is left out, with its
// errors reported.
func (l *loader) loadPacks(names []string) []loadedPack {
	var packs []loadedPack
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			l.fail(l.file.Pos("packs", i), "keep one of them", "pack %q is listed twice", name)
			continue
		}
		file, src, ok := l.readPack(name, i)
		if !ok {
			continue
		}
		pack, err := rules.Parse(file, src)
		if err != nil {
			l.failWith(l.file.Pos("packs", i), "", err)
			continue
		}
		if name != seedsPack { // what is built in is not the operator's to mend
			l.warnings = append(l.warnings, pack.Warnings...)
		}
		packs = append(packs, loadedPack{Pack: pack, source: strictyaml.NewSource(file, string(src))})
	}
	return packs
}

// readPack gives the text of pack i, and the file that errors shall name.
func (l *loader) readPack(name string, i int) (file string, src []byte, ok bool) {
	switch name {
	case "":
		return "", nil, false // reported as missing, or as no text
	case seedsPack:
		return seeds.PackName, seeds.Pack(), true
	}
	file = l.path(name)
	src, err := l.env.ReadFile(file)
	if err == nil {
		return file, src, true
	}
	hint := "write seeds for the built-in pack, or a file beside this one"
	if near := strictyaml.Nearest(name, []string{seedsPack}); near != "" {
		hint = `did you mean "` + near + `"?`
	}
	if errors.Is(err, fs.ErrNotExist) {
		l.fail(l.file.Pos("packs", i), hint, "pack %s does not exist", file)
	} else {
		l.fail(l.file.Pos("packs", i), "", "the pack can't be read: %v", err)
	}
	return "", nil, false
}

// compile makes one set of the packs.
func (l *loader) compile(packs []loadedPack) *rules.Set {
	parsed := make([]*rules.Pack, len(packs))
	for i, p := range packs {
		parsed[i] = p.Pack
	}
	set, err := rules.Compile(parsed...)
	if err != nil {
		l.failWith(l.file.Pos("packs"), "", err)
	}
	return set
}

// checkRuleReceivers reports rules whose alerts would go to receivers that are
// not there.
func (l *loader) checkRuleReceivers(packs []loadedPack, receivers []string) {
	for _, p := range packs {
		for _, r := range p.Rules {
			for _, name := range r.Receivers {
				if !slices.Contains(receivers, name) {
					l.errs = append(l.errs, p.source.Errorf(r.Pos, suggest(name, receivers), "rule %s names a receiver %q that is not there", r.Name, name))
				}
			}
		}
	}
}
