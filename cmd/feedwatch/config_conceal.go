package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

// Errors show the line they are about, and secrets may stand in it: where they
// belong, or next to a key that is misspelt. So what may be shown is listed, and
// all else is concealed.

// openSections hold no secrets.
var openSections = []string{"state", "poll", "network", "packs", "routes", "retention"}

// openKeys are the keys of feeds and receivers whose values are no secrets.
var openKeys = map[string][]string{
	"feeds":     {"name", "tier", "tags", "language", "schedule", "min_interval", "disabled"},
	"receivers": {"name", "timeout", "path", "channel", "followups", "format"},
	"status":    {"listen"},
}

// secretText tells whether the text under a path of keys may be a secret.
func secretText(path []string, text string) bool {
	if len(path) == 0 {
		return true
	}
	section, key := path[0], path[len(path)-1]
	switch {
	case slices.Contains(openSections, section):
		return false
	case slices.Contains(openKeys[section], key) && !slices.Contains(path, "headers"):
		return false
	case section == "feeds" && key == "url" && len(path) == 2:
		return !strings.HasPrefix(text, "http") || egress.RedactURL(text) != text
	case len(path) < 3:
		return true
	case key == "credential":
		return !credentialName.MatchString(text)
	case key == "env":
		return !variableName.MatchString(text)
	}
	return key != "file"
}

// lineKey finds what is, or looks like, a key with a colon behind it.
var lineKey = regexp.MustCompile(`([^\s{,:"']+)["']?\s*:(?:\s|$)`)

// harmlessLine tells whether a line of a file that is no YAML may be shown: each
// key in it is one whose value is no secret, and it begins with one, so that it
// does not go on with the value of a line before.
func harmlessLine(line string) bool {
	trimmed := strings.TrimLeft(line, " \t-{")
	keys := lineKey.FindAllStringSubmatchIndex(trimmed, -1)
	if len(keys) == 0 || keys[0][0] != 0 || strings.Contains(line, "://") {
		return false
	}
	for _, k := range keys {
		if !isOpen(trimmed[k[2]:k[3]]) {
			return false
		}
	}
	return true
}

// isOpen tells whether a key, wherever it stands, has no secrets on its line.
func isOpen(key string) bool {
	for section, keys := range openKeys {
		if key == section || slices.Contains(keys, key) {
			return true
		}
	}
	return slices.Contains(openSections, key)
}
