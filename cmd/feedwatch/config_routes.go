package main

import (
	"slices"

	"github.com/feedwatch/feedwatch/watcher"
)

// routeSection is an entry of routes.
type routeSection struct {
	Severity   string   `yaml:"severity"`
	Tags       []string `yaml:"tags"`
	MinOutlets *int     `yaml:"min_outlets"`
	MinTier    *int     `yaml:"min_tier"`
	Receivers  []string `yaml:"receivers,required"`
}

var severities = []string{"low", "normal", "high"}

// routes checks the routes against the names of the receivers.
func (l *loader) routes(receivers []string) []watcher.Route {
	var routes []watcher.Route
	for i, s := range l.doc.Routes {
		if s.Severity != "" && !slices.Contains(severities, s.Severity) {
			l.fail(l.file.Pos("routes", i, "severity"), "write low, normal or high", "%q is no severity", s.Severity)
		}
		if s.Receivers != nil && len(s.Receivers) == 0 {
			l.fail(l.file.Pos("routes", i, "receivers"), "name one, or remove the route", "the route leads nowhere")
		}
		for j, name := range s.Receivers {
			if name != "" && !slices.Contains(receivers, name) {
				l.fail(l.file.Pos("routes", i, "receivers", j), suggest(name, receivers), "there is no receiver %q", name)
			}
		}
		routes = append(routes, watcher.Route{
			Severity: s.Severity, Tags: s.Tags, Receivers: s.Receivers,
			MinOutlets: l.within(s.MinOutlets, 1, 100, "write how many outlets must tell the story, up to 100", "routes", i, "min_outlets"),
			MinTier:    l.within(s.MinTier, 1, 3, "write 1 (best), 2 or 3", "routes", i, "min_tier"),
		})
	}
	return routes
}

// within is a number that, where it is given, must lie in a range.
func (l *loader) within(n *int, least, most int, hint string, path ...any) int {
	if n == nil {
		return 0
	}
	if *n < least || *n > most {
		l.fail(l.file.Pos(path...), hint, "%v can't be %d", path[len(path)-1], *n)
	}
	return *n
}
