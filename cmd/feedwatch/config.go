package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"time"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

const defaultStatusListen = "127.0.0.1:8780"

// maxConfig bounds the configuration file: some 100,000 feeds.
const maxConfig = 16 << 20

// config is what the configuration file, its packs and its secrets come to,
// checked and with all references resolved.
type config struct {
	State        string         // directory of the store
	StatusListen string         // host:port of the status endpoint, or "off"
	StatusToken  egress.Secret  // asked of its readers; empty on loopback only
	Network      []netip.Prefix // private addresses that feeds and receivers may have
	Contact      string         // for the User-Agent; may be empty
	Packs        []string       // "seeds", or files
	Settings     watcher.Settings
	Warnings     []*strictyaml.Error // what works but is probably not meant
}

// document is the configuration file as it is written. What a missing key means
// stands where the key is used.
type document struct {
	State  string `yaml:"state"`
	Status struct {
		Listen string    `yaml:"listen"`
		Token  secretRef `yaml:"token"`
	} `yaml:"status"`
	Poll    pollSection `yaml:"poll"`
	Network struct {
		Allow   []prefix `yaml:"allow"`
		Contact string   `yaml:"contact"`
	} `yaml:"network"`
	Packs     []string          `yaml:"packs"`
	Feeds     []feedSection     `yaml:"feeds"`
	Receivers []receiverSection `yaml:"receivers"`
	Routes    []routeSection    `yaml:"routes"`
	Notices   noticesSection    `yaml:"notices"`
	Retention struct {
		Items *time.Duration `yaml:"items"`
	} `yaml:"retention"`
}

// loader turns a document into a config, and gathers what is wrong on the way
// so that one run reports all of it.
type loader struct {
	env      environment
	dir      string // of the file; relative paths start here
	file     *strictyaml.File
	doc      document
	errs     []*strictyaml.Error
	warnings []*strictyaml.Error
}

// loadConfig reads the configuration file at path, or with an empty path the
// defaults: the built-in pack and feeds, and a receiver on standard output. The
// error joins everything that is wrong, each with its place; see
// strictyaml.Errors. It never holds a secret.
func loadConfig(path string, env environment) (*config, error) {
	l, err := newLoader(path, env)
	if err != nil {
		return nil, err
	}
	c := l.config()
	if len(l.errs) > 0 {
		return nil, strictyaml.Join(l.errs)
	}
	c.Warnings = strictyaml.Errors(strictyaml.Join(l.warnings))
	return c, nil
}

// newLoader reads and decodes the file. The error is about files that cannot be
// read as YAML at all; what can is in errs.
func newLoader(path string, env environment) (*loader, error) {
	l := &loader{env: env, dir: filepath.Dir(path)}
	name := "defaults"
	var src []byte
	if path != "" {
		var err error
		if src, err = env.ReadFile(path); err != nil {
			return nil, fmt.Errorf("the configuration can't be read: %w", err)
		}
		name = path
	}
	file, err := strictyaml.Parse(name, src, strictyaml.UpTo(maxConfig), strictyaml.Conceal(secretText, harmlessLine))
	if file == nil {
		return nil, err
	}
	l.file = file
	l.errs = strictyaml.Errors(errors.Join(err, file.Decode(&l.doc)))
	return l, nil
}

// config checks the document part by part.
func (l *loader) config() *config {
	c := &config{
		State:   l.state(),
		Network: l.network(),
		Contact: l.contact(),
		Packs:   l.packNames(),
	}
	c.StatusListen, c.StatusToken = l.status()
	packs := l.loadPacks(c.Packs)
	c.Settings = watcher.Settings{
		Rules:     l.compile(packs),
		Poll:      l.poll(),
		Receivers: l.receivers(),
		Retention: watcher.Retention{Items: l.positive(l.doc.Retention.Items, "retention", "items")},
	}
	c.Settings.Feeds = l.feeds(c.Packs)
	names := receiverNames(c.Settings.Receivers)
	c.Settings.Routes = l.routes(names)
	c.Settings.Notices = l.notices(names)
	c.Settings.Briefs = l.briefs()
	l.checkRuleReceivers(packs, names)
	return c
}

// fail reports something wrong at a place of the file.
func (l *loader) fail(pos strictyaml.Pos, hint, format string, args ...any) {
	l.errs = append(l.errs, l.file.Errorf(pos, hint, format, args...))
}

// warn reports something doubtful at a place of the file.
func (l *loader) warn(pos strictyaml.Pos, hint, format string, args ...any) {
	l.warnings = append(l.warnings, l.file.Errorf(pos, hint, format, args...))
}

// failWith reports an error of a part that knows nothing of files. Errors that
// have places already keep them.
func (l *loader) failWith(pos strictyaml.Pos, hint string, err error) {
	if placed := strictyaml.Errors(err); len(placed) > 0 {
		l.errs = append(l.errs, placed...)
		return
	}
	l.fail(pos, hint, "%v", err)
}

// path is a path of the file, which may be relative to where the file lies.
func (l *loader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, name)
}

// positive is a length of time that, where it is given, must be more than none.
func (l *loader) positive(d *time.Duration, path ...any) time.Duration {
	if d == nil {
		return 0
	}
	if *d <= 0 {
		l.fail(l.file.Pos(path...), "leave the key out for the default", "this must be longer than no time")
	}
	return *d
}

// status is where the status endpoint listens, and the token that its readers
// must show. Only those on this machine may do without.
func (l *loader) status() (listen string, token egress.Secret) {
	listen, pos := l.doc.Status.Listen, l.file.Pos("status", "listen")
	token = l.secret(l.doc.Status.Token)
	switch listen {
	case "":
		return defaultStatusListen, token
	case "off":
		return listen, token
	}
	host, port, err := net.SplitHostPort(listen)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		l.fail(pos, `write an address and a port, such as 127.0.0.1:8780, or "off"`, "%q is not an address to listen on", listen)
		return listen, token
	}
	if !isLoopback(host) && !l.doc.Status.Token.set {
		l.fail(pos, "set status.token, or listen on 127.0.0.1", "the status page on %s could be read by everyone who reaches it", listen)
	}
	return listen, token
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// prefix is a range of addresses, or one address.
type prefix netip.Prefix

// UnmarshalNode implements strictyaml.Unmarshaler.
func (p *prefix) UnmarshalNode(n strictyaml.Node) error {
	var text string
	if err := n.Decode(&text); err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		*p = prefix(netip.PrefixFrom(ip.WithZone(""), ip.BitLen()))
		return nil
	}
	parsed, err := netip.ParsePrefix(text)
	if err != nil {
		return n.Errorf("write it as 10.1.0.0/16, or one address as 127.0.0.1", "%q is not a range of addresses", text)
	}
	*p = prefix(parsed.Masked())
	return nil
}

func (l *loader) network() []netip.Prefix {
	var allow []netip.Prefix
	for _, p := range l.doc.Network.Allow {
		allow = append(allow, netip.Prefix(p))
	}
	return allow
}

// contact goes into a comment of the User-Agent header, so it must not be able
// to end that comment or the header.
func (l *loader) contact() string {
	for _, r := range l.doc.Network.Contact {
		if r < ' ' || r > '~' || r == '(' || r == ')' || r == '\\' {
			l.fail(l.file.Pos("network", "contact"), "write an address or a URL, such as https://example.com/bot", "a contact cannot hold %q", r)
			break
		}
	}
	return l.doc.Network.Contact
}
