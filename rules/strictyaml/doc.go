// Package strictyaml reads YAML that people write: strictly, with the place of
// everything, and with every mistake found in one go.
//
// The language is a subset of YAML 1.2, which github.com/goccy/go-yaml reads:
// one document of at most 1 MiB, UTF-8, without anchors, aliases, merge keys,
// tags, directives, or keys that are not plain words. What is left is what
// configuration and rule packs need, and none of it can expand to more than
// stands in the file.
//
// Parse makes a tree of its own from goccy's, in which each value knows its
// place; nothing else of goccy is seen outside this package. Decode walks the
// tree together with a Go value and goes on after a mistake, so one run names
// them all. What a scalar is depends on the field it goes to, not on its looks:
// a string field takes 007, yes and 1.10 as they are written.
//
// Lines and columns count from 1; a column is a character (a rune), as editors
// count them. A line ends with LF or CR LF.
package strictyaml
