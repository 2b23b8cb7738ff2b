package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// deployed reads a file of the deploy folder.
func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// understood says whether the command line knows the verb and the flags.
func understood(t *testing.T, args []string) error {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("feedwatch"), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return err
}

// invocation finds calls of feedwatch in a unit or a shell script.
var invocation = regexp.MustCompile(`(?m)^(?:\s*|Exec\w+=/usr/bin/)feedwatch( [a-z][^#|\n]*)`)

// code gives what is code in a file: of Markdown the fenced blocks.
func code(name, text string) string {
	if filepath.Ext(name) != ".md" {
		return text
	}
	var blocks strings.Builder
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			blocks.WriteString(part)
		}
	}
	return blocks.String()
}

func TestUnitAndGuideCallWhatExists(t *testing.T) {
	for name, least := range map[string]int{"feedwatch.service": 2, "README.md": 3} {
		calls := invocation.FindAllStringSubmatch(code(name, deployed(t, name)), -1)
		if len(calls) < least {
			t.Errorf("%s: %d calls of feedwatch found, want at least %d", name, len(calls), least)
		}
		for _, call := range calls {
			if err := understood(t, strings.Fields(call[1])); err != nil {
				t.Errorf("%s: feedwatch%s: %v", name, call[1], err)
			}
		}
	}
	if understood(t, []string{"run", "--no-such-flag"}) == nil {
		t.Error("a flag that does not exist passed")
	}
}

// credentialsFor gives each credential that a configuration names some value.
func credentialsFor(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range regexp.MustCompile(`credential: ([\w-]+)`).FindAllStringSubmatch(text, -1) {
		value := "https://hooks.slack.com/services/T0/B0/example"
		switch {
		case strings.HasSuffix(name[1], "-key"):
			value = "whsec_ZXhhbXBsZSBleGFtcGxlIGV4YW1wbGUgMTIzNA=="
		case strings.HasSuffix(name[1], "-bot"):
			value = "xoxb-example"
		}
		if err := os.WriteFile(filepath.Join(dir, name[1]), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
}

func TestShippedConfigurationIsValid(t *testing.T) {
	shipped := deployed(t, "feedwatch.yaml")
	examples := regexp.MustCompile(`(?m)^#([^#])`).ReplaceAllString(shipped, "$1")
	for name, text := range map[string]string{"as it ships": shipped, "with its examples": examples} {
		t.Run(name, func(t *testing.T) {
			credentialsFor(t, text)
			t.Setenv("STATE_DIRECTORY", t.TempDir())
			file := filepath.Join(t.TempDir(), "feedwatch.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			config, err := loadConfig(file, osEnvironment())
			if err != nil {
				t.Fatal(err)
			}
			for _, warning := range config.Warnings {
				t.Errorf("warning: %v", warning)
			}
		})
	}
}
