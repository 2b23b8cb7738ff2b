package main

import "slices"

// noticesSection is the key notices: who hears of feedwatch itself, such as that
// a feed died. All receivers do unless some are named; an empty list means none.
type noticesSection struct {
	Receivers []string `yaml:"receivers"`
}

func (l *loader) notices(receivers []string) []string {
	for i, name := range l.doc.Notices.Receivers {
		if !slices.Contains(receivers, name) {
			l.fail(l.file.Pos("notices", "receivers", i), suggest(name, receivers), "there is no receiver %q", name)
		}
	}
	return l.doc.Notices.Receivers
}
