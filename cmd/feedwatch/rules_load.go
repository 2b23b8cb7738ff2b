package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/feedwatch/feedwatch/rules"
	"github.com/feedwatch/feedwatch/seeds"
)

// readPack gives the source of a pack that a verb was given: a file, or the
// built-in one by its name. file is what messages call it.
func (p *program) readPack(name string) (file string, src []byte, err error) {
	if name == seedsPack {
		return seeds.PackName, seeds.Pack(), nil
	}
	src, err = p.env.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("there is no file %s: name a rule pack, or %s for the built-in one", name, seedsPack)
	}
	if err != nil {
		return "", nil, fmt.Errorf("reading the pack: %w", err)
	}
	return name, src, nil
}

// parsePacks reads packs, the built-in one where none is named. The error joins
// what is wrong with all of them.
func (p *program) parsePacks(names []string) ([]*rules.Pack, error) {
	if len(names) == 0 {
		names = []string{seedsPack}
	}
	var packs []*rules.Pack
	var errs []error
	for _, name := range names {
		file, src, err := p.readPack(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		pack, err := rules.Parse(file, src)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		packs = append(packs, pack)
	}
	return packs, errors.Join(errs...)
}

// compilePacks makes one set of packs, as parsePacks reads them.
func (p *program) compilePacks(names []string) (*rules.Set, error) {
	packs, err := p.parsePacks(names)
	if err != nil {
		return nil, err
	}
	return rules.Compile(packs...)
}
