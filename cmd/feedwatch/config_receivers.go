package main

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/feedwatch/feedwatch/rules/strictyaml"
	"github.com/feedwatch/feedwatch/watcher/deliver"
	"github.com/feedwatch/feedwatch/watcher/egress"
)

// receiverSection is an entry of receivers. Exactly one of the kinds is set.
type receiverSection struct {
	Name    string        `yaml:"name,required"`
	Slack   *slackSection `yaml:"slack"`
	Webhook *struct {
		URL     secretRef            `yaml:"url,required"`
		Secret  secretRefs           `yaml:"secret"`
		Headers map[string]secretRef `yaml:"headers"`
	} `yaml:"webhook"`
	Stdout *struct{} `yaml:"stdout"`
	File   *struct {
		Path   string `yaml:"path,required"`
		Format string `yaml:"format"`
	} `yaml:"file"`
	Followups string         `yaml:"followups"`
	Brief     *briefSection  `yaml:"brief"`
	Timeout   *time.Duration `yaml:"timeout"`
}

// slackSection is Slack by one of its two ways in: a webhook, which knows its
// channel and nothing else, or a bot, whose messages can have threads.
type slackSection struct {
	WebhookURL secretRef `yaml:"webhook_url"`
	BotToken   secretRef `yaml:"bot_token"`
	Channel    string    `yaml:"channel"`
	APIURL     string    `yaml:"api_url"`
}

var receiverKinds = []string{"slack", "webhook", "stdout", "file"}

// receivers are those of the file, or one that writes to standard output.
func (l *loader) receivers() []deliver.Receiver {
	if len(l.doc.Receivers) == 0 {
		return []deliver.Receiver{{Name: "stdout", Kind: "stdout"}}
	}
	var receivers []deliver.Receiver
	first := map[string]strictyaml.Pos{}
	for i := range l.doc.Receivers {
		r := l.receiver(i)
		pos := l.file.Pos("receivers", i, "name")
		if at, ok := first[r.Name]; ok && r.Name != "" {
			l.fail(pos, "give each receiver a name of its own", "receiver %q is there already, in line %d", r.Name, at.Line)
		} else {
			first[r.Name] = pos
		}
		receivers = append(receivers, r)
	}
	return receivers
}

var receiverName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// receiver is the entry i, checked by itself.
func (l *loader) receiver(i int) deliver.Receiver {
	section := l.doc.Receivers[i]
	if section.Name != "" && !receiverName.MatchString(section.Name) {
		l.fail(l.file.Pos("receivers", i, "name"), "write it like ai-desk", "a receiver's name has small letters, digits and dashes only")
	}
	r := deliver.Receiver{
		Name: section.Name, Kind: l.receiverKind(i),
		Timeout: l.positive(section.Timeout, "receivers", i, "timeout"),
	}
	switch {
	case r.Kind == "slack" && section.Slack != nil:
		l.slack(&r, section.Slack, i)
	case r.Kind == "webhook" && section.Webhook != nil:
		r.URL = l.webhookURL(section.Webhook.URL, len(section.Webhook.Secret) > 0)
		for _, ref := range section.Webhook.Secret {
			r.Secrets = append(r.Secrets, l.secret(ref))
		}
		r.Header = l.headers(section.Webhook.Headers, "receivers", i, "webhook", "headers")
	case r.Kind == "file" && section.File != nil:
		r.Path, r.Format = l.path(section.File.Path), l.format(section.File.Format, i)
	}
	r.Followups = l.followups(section.Followups, r, i)
	// What the file says wrong in itself is told better than Check can tell it.
	if r.Kind != "" && !l.broken("receivers", i) {
		if err := deliver.Check(r); err != nil {
			l.fail(l.file.Pos("receivers", i, r.Kind), "", "%s", egress.Redact(err, append(r.Secrets, r.URL, r.Token)...))
		}
	}
	return r
}

// slack reads the way in, of which there must be one.
func (l *loader) slack(r *deliver.Receiver, s *slackSection, i int) {
	key := func(name string) strictyaml.Pos { return l.file.KeyPos("receivers", i, "slack", name) }
	r.Channel = s.Channel
	switch {
	case l.broken("receivers", i): // An unknown key is probably the one that is missing.
	case s.WebhookURL.set && s.BotToken.set:
		l.fail(key("bot_token"), "keep one of them: only with a bot_token follow-ups go to threads", "webhook_url and bot_token are two ways to Slack")
	case !s.WebhookURL.set && !s.BotToken.set:
		l.fail(l.file.Pos("receivers", i, "slack"), "write webhook_url, or bot_token and channel", "the way to Slack is missing")
	case s.WebhookURL.set && l.file.Has("receivers", i, "slack", "channel"):
		l.fail(key("channel"), "remove it, or write bot_token in place of webhook_url", "a webhook has a channel of its own")
	case s.WebhookURL.set && l.file.Has("receivers", i, "slack", "api_url"):
		l.fail(key("api_url"), "remove it, or write bot_token in place of webhook_url", "a webhook needs no api_url")
	case s.BotToken.set && !l.file.Has("receivers", i, "slack", "channel"):
		l.fail(l.file.Pos("receivers", i, "slack"), "copy its ID from the end of the channel's details in Slack: C0123ABCD", `key "channel" is missing`)
	}
	if s.BotToken.set {
		r.Token, r.URL = l.secret(s.BotToken), egress.Secret(s.APIURL)
	} else {
		r.URL = l.secret(s.WebhookURL)
	}
}

// followups is how the receiver follows a story it was told of.
func (l *loader) followups(word string, r deliver.Receiver, i int) string {
	pos := l.file.Pos("receivers", i, "followups")
	switch {
	case word == "" || r.Kind == "":
	case !slices.Contains(deliver.Followups, word):
		l.fail(pos, suggest(word, deliver.Followups), "%q is no way to follow a story", word)
		return ""
	case word == "thread" && !r.Threads():
		l.warn(pos, "write digest; or make it a Slack receiver with a bot_token", "%s has no threads: what follows comes as digests", r.Kind)
	}
	return word
}

// format is how a file's alerts are written.
func (l *loader) format(word string, i int) string {
	if word != "" && !slices.Contains(deliver.Formats, word) {
		l.fail(l.file.Pos("receivers", i, "file", "format"), suggest(word, deliver.Formats), "%q is no format", word)
		return ""
	}
	return word
}

// webhookURL fetches the URL of a webhook. It may stand in the file where the
// receiver is told by signatures who calls, unless it has a token in it.
func (l *loader) webhookURL(ref secretRef, signed bool) egress.Secret {
	if text := ref.literal.Reveal(); signed && egress.RedactURL(text) == text {
		return l.quietSecret(ref)
	}
	return l.secret(ref)
}

// broken tells whether the decoder has found fault below a list's entry.
func (l *loader) broken(section string, i int) bool {
	from, to := l.file.Pos(section, i), l.file.Pos(section, i+1)
	last := to == l.file.Pos(section)
	return slices.ContainsFunc(l.errs, func(e *strictyaml.Error) bool {
		return e.Pos.File == from.File && !before(e.Pos, from) && (last || before(e.Pos, to))
	})
}

func before(a, b strictyaml.Pos) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
}

// receiverKind is the one kind that the entry i names, or "" after an error.
func (l *loader) receiverKind(i int) string {
	var given []string
	for _, kind := range receiverKinds {
		if l.file.Has("receivers", i, kind) {
			given = append(given, kind)
		}
	}
	switch len(given) {
	case 1:
		return given[0]
	case 0:
		if !l.broken("receivers", i) { // an unknown key is probably the kind
			l.fail(l.file.Pos("receivers", i), "write one of "+strings.Join(receiverKinds, ", "), "receiver %q has no kind", l.doc.Receivers[i].Name)
		}
	default:
		l.fail(l.file.KeyPos("receivers", i, given[1]), "make two receivers of it", "receiver %q is of more than one kind: %s", l.doc.Receivers[i].Name, strings.Join(given, ", "))
	}
	return ""
}

// secretHeader finds names of headers whose values are secrets.
var secretHeader = regexp.MustCompile(`(?i)auth|cookie|token|key|secret|password|session`)

// headers fetches the values of headers, which may be secrets.
func (l *loader) headers(refs map[string]secretRef, path ...any) map[string]egress.Secret {
	if len(refs) == 0 {
		return nil
	}
	values := make(map[string]egress.Secret, len(refs))
	for name, ref := range refs {
		value := l.quietSecret(ref)
		if secretHeader.MatchString(name) {
			value = l.secret(ref)
		}
		place := append(slices.Clone(path), name)
		if !httpguts.ValidHeaderFieldName(name) {
			l.fail(l.file.KeyPos(place...), "", "%q cannot be the name of a header", name)
		}
		if !httpguts.ValidHeaderFieldValue(value.Reveal()) {
			l.fail(ref.pos, "", "the value of %s cannot stand in a header", name)
		}
		values[name] = value
	}
	return values
}

func receiverNames(receivers []deliver.Receiver) []string {
	names := make([]string, len(receivers))
	for i, r := range receivers {
		names[i] = r.Name
	}
	return names
}

// suggest says which name was probably meant, or which there are.
func suggest(word string, known []string) string {
	if near := strictyaml.Nearest(word, known); near != "" {
		return `did you mean "` + near + `"?`
	}
	return "there is: " + strings.Join(known, ", ")
}
