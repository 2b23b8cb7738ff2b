package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// secretRef is a secret as the file has it: where it is to be found, or itself.
type secretRef struct {
	set        bool
	pos        strictyaml.Pos
	literal    egress.Secret
	credential string
	env        string
	file       string
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (r *secretRef) UnmarshalNode(n strictyaml.Node) error {
	r.set, r.pos = true, n.Pos()
	const hint = "write {credential: NAME}, {env: NAME} or {file: PATH}"
	if text, ok := n.Scalar(); ok {
		if r.literal = egress.Secret(text); text == "" {
			return n.Errorf(hint, "the secret is empty")
		}
		return nil
	}
	if n.IsList() {
		return n.Errorf(hint, "one secret is wanted here, not a list")
	}
	var places struct {
		Credential string `yaml:"credential"`
		Env        string `yaml:"env"`
		File       string `yaml:"file"`
	}
	if err := n.Decode(&places); err != nil {
		return err
	}
	r.credential, r.env, r.file = places.Credential, places.Env, places.File
	given := slices.DeleteFunc([]string{r.credential, r.env, r.file}, func(s string) bool { return s == "" })
	if len(given) != 1 {
		*r = secretRef{set: true, pos: r.pos}
		return n.Errorf(hint, "a secret has one place, not %d", len(given))
	}
	return nil
}

// secretRefs is one secret, or a list of them.
type secretRefs []secretRef

// UnmarshalNode implements strictyaml.Unmarshaler.
func (r *secretRefs) UnmarshalNode(n strictyaml.Node) error {
	if n.IsList() {
		return n.Decode((*[]secretRef)(r))
	}
	*r = make(secretRefs, 1)
	return n.Decode(&(*r)[0])
}

// secret fetches a secret. A literal is reported as a warning, anything that is
// not there or empty as an error.
func (l *loader) secret(r secretRef) egress.Secret {
	if r.literal != "" {
		l.warn(r.pos, "write {credential: NAME}, {env: NAME} or {file: PATH}", "secret stands in the file: whoever can read it has the secret")
	}
	return l.quietSecret(r)
}

// quietSecret is secret without the warning, for values that need not be secret.
func (l *loader) quietSecret(r secretRef) egress.Secret {
	var text string
	switch {
	case r.literal != "":
		return r.literal
	case r.credential != "":
		text = l.credential(r)
	case r.env != "":
		text = l.variable(r)
	case r.file != "":
		text = l.read(r, l.path(r.file), "create it, readable by feedwatch only")
	}
	return egress.Secret(text)
}

var (
	credentialName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$`)
	variableName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`)
)

// credential reads a file of the directory in which systemd puts what
// LoadCredential= and its kin name. Its mode may be 0440, which systemd 256 and
// later use together with an ACL, so the mode is not looked at.
func (l *loader) credential(r secretRef) string {
	name := r.credential
	if !credentialName.MatchString(name) {
		// The name is not told: it may be the secret itself, in the wrong place.
		l.fail(r.pos, "write the name that LoadCredential= gives it", "a credential's name has letters, digits, dot, dash and underscore only")
		return ""
	}
	hint := "give the unit the line LoadCredential=" + name + ":/etc/feedwatch/" + name + " and restart it"
	dir, _, _ := strings.Cut(l.env.Getenv("CREDENTIALS_DIRECTORY"), ":")
	if dir == "" {
		l.fail(r.pos, hint, "credential %q is not there: CREDENTIALS_DIRECTORY is not set", name)
		return ""
	}
	return l.read(r, filepath.Join(dir, name), hint)
}

func (l *loader) variable(r secretRef) string {
	if !variableName.MatchString(r.env) {
		l.fail(r.pos, "write the variable's name, such as HOOK_SECRET", "this is not the name of an environment variable")
		return ""
	}
	text := l.env.Getenv(r.env)
	if text == "" {
		l.fail(r.pos, "set it, in a unit by EnvironmentFile=", "environment variable %s is not set", r.env)
		return ""
	}
	return l.oneLine(r, text)
}

func (l *loader) read(r secretRef, path, hint string) string {
	text, err := l.env.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		l.fail(r.pos, hint, "the secret's file %s does not exist", path)
		return ""
	}
	if err != nil {
		l.fail(r.pos, hint, "the secret can't be read: %v", err)
		return ""
	}
	return l.oneLine(r, string(text))
}

// oneLine is a secret without the line end that editors and echo leave behind
// it. It has one line, for it goes into a header or a URL.
func (l *loader) oneLine(r secretRef, text string) string {
	text = strings.TrimRight(text, "\r\n")
	switch {
	case text == "":
		l.fail(r.pos, "put the secret there", "the secret is empty")
	case strings.ContainsAny(text, "\r\n\x00"):
		l.fail(r.pos, "keep one secret in one place", "the secret has more than one line")
	}
	return text
}
