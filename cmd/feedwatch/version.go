package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// project is where the program's owners can be found, for those whose servers it
// asks. An operator adds his own address with network.contact.
const project = "https://github.com/feedwatch/feedwatch"

// versionCommand prints the version.
type versionCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// buildFacts is what the binary knows of its making.
type buildFacts struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run implements the verb.
func (c *versionCommand) Run(p *program) error {
	b := facts()
	if c.JSON {
		return printJSON(p.stdout, b)
	}
	_, err := fmt.Fprintf(p.stdout, "feedwatch %s (%s, %s)\n", b.Version, b.Go, b.Platform)
	return err
}

func facts() buildFacts {
	b := buildFacts{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func version() string { return facts().Version }

// userAgent names the program, its version, and who answers for it.
func userAgent(contact string) string {
	ua := "feedwatch/" + version() + " (+" + project
	if contact != "" {
		ua += "; " + contact
	}
	return ua + ")"
}
