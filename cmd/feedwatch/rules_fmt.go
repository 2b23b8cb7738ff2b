package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/feedwatch/feedwatch/rules"
)

// rulesFmtCommand lays out packs.
type rulesFmtCommand struct {
	Write bool     `short:"w" help:"Write the files in place of printing them."`
	Files []string `arg:"" name:"file" help:"Rule packs, or seeds for the built-in one."`
}

// Run implements the verb.
func (c *rulesFmtCommand) Run(p *program) error {
	for _, name := range c.Files {
		file, src, err := p.readPack(name)
		if err != nil {
			return err
		}
		out, err := rules.Format(file, src)
		if err != nil {
			return err
		}
		if !c.Write {
			if _, err := p.stdout.Write(out); err != nil {
				return err
			}
			continue
		}
		if name == seedsPack {
			return &exitError{exitUsage, fmt.Errorf("the built-in pack can't be written: feedwatch rules fmt seeds prints it")}
		}
		if err := replaceFile(file, src, out); err != nil {
			return fmt.Errorf("writing the pack: %w", err)
		}
	}
	return nil
}

// replaceFile writes a changed file whole or not at all, with its permissions. A
// link goes on pointing to it.
func replaceFile(file string, before, after []byte) error {
	if bytes.Equal(before, after) {
		return nil
	}
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	return renameio.WriteFile(file, after, info.Mode().Perm(), renameio.IgnoreUmask())
}
