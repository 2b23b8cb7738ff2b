package main

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fetch gives the folder of an npm package's files, which it gets from the
// registry unless an earlier run left them. integrity is as npm writes it.
func fetch(sources, spec, integrity string) (string, error) {
	name := strings.ReplaceAll(spec, "@", "-")
	folder := filepath.Join(sources, name, "package")
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	if err := run("npm", "pack", "--pack-destination", sources, spec); err != nil {
		return "", err
	}
	archive := filepath.Join(sources, name+".tgz")
	data, err := os.ReadFile(archive)
	if err != nil {
		return "", err
	}
	if sum := sha512.Sum512(data); "sha512-"+base64.StdEncoding.EncodeToString(sum[:]) != integrity {
		return "", fmt.Errorf("%s: not the file that this program was written for: its sum differs", archive)
	}
	return folder, run("tar", "-xzf", archive, "-C", filepath.Dir(folder))
}

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
