package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/feedwatch/feedwatch/storage"
)

// kind is what makes one sort of receiver differ from another: all of it is
// here, the rest of the package is the same for all.
type kind struct {
	// format renders an alert. It reads no clock, so that every try of a
	// delivery has the same bytes.
	format func(o options, a *storage.Alert) []byte
	// send renders a delivery's alert and takes it there, once.
	send func(ctx context.Context, l *lane, d *storage.Delivery) answer
	// pace is the least time between two deliveries that the service asks for.
	pace time.Duration
	// threads: a message can hang on an earlier one.
	threads bool

	// The rest is for those that send by HTTP.
	contentType string
	signed      bool // with Standard Webhooks headers
	maxAnswer   int64
	answer      func(status int, body string) said
}

// said is what a service's answer comes to.
type said struct {
	reason reason
	word   string        // the service's own name for what is wrong; "" where it has none
	remedy string        // what to do about it
	ref    string        // what the service calls the message it took
	wait   time.Duration // to wait for at least where no Retry-After says more
}

// options are the parts of Config that formats and senders read.
type options struct {
	source    string
	userAgent string
	colour    bool
	stdout    *printer
	threaded  bool // the message hangs on the one that told the story
}

var kinds = map[string]kind{
	"stdout":  {format: textFormat, send: printText},
	"file":    {format: lineFormat, send: appendLine},
	"webhook": {format: eventFormat, send: post, contentType: "application/cloudevents+json", signed: true, answer: plainAnswer},
	"slack":   {format: slackFormat, send: post, contentType: "application/json", pace: time.Second, answer: slackAnswer},
}

// slackBot is the kind slack with a bot's token in place of a webhook's URL. Its
// answers repeat the message, each character beyond ASCII as six.
var slackBot = kind{
	format: slackFormat, send: postAsBot, contentType: "application/json; charset=utf-8", pace: time.Second, threads: true,
	maxAnswer: 1 << 20, answer: slackBotAnswer,
}

// kindOf is the receiver's kind.
func kindOf(r Receiver) (kind, bool) {
	if r.Kind == "slack" && r.Token != "" {
		return slackBot, true
	}
	k, ok := kinds[r.Kind]
	if format := fileFormats[r.Format]; format != nil && r.Kind == "file" {
		k.format = format
	}
	return k, ok
}

// fileFormats are the formats of a file, by name.
var fileFormats = map[string]func(o options, a *storage.Alert) []byte{
	"json": lineFormat, "text": fileText, "markdown": markdownFormat, "html": htmlFormat,
}

// Formats are the names of the formats of a file, the first of which is its
// format where none is named.
var Formats = []string{"json", "text", "markdown", "html"}

// overHTTP tells whether receivers of this kind have a URL.
func (k kind) overHTTP() bool { return k.answer != nil }

// Check says what is wrong with a receiver, or nil. It looks at nothing outside:
// no file is opened and no name resolved. Its errors hold no secret.
func Check(r Receiver) error {
	k, ok := kindOf(r)
	switch {
	case strings.TrimSpace(r.Name) == "":
		return errors.New("a receiver needs a name")
	case !ok:
		return fmt.Errorf("unknown kind %q; there are %s", r.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	case r.Timeout < 0:
		return fmt.Errorf("timeout %v is negative; leave it out for %v", r.Timeout, defaultTimeout)
	case r.Kind == "file" && r.Path == "":
		return errors.New("a file receiver needs a path")
	case r.Format != "" && r.Kind != "file":
		return fmt.Errorf("a format is for files; %s has its own", r.Kind)
	case r.Format != "" && fileFormats[r.Format] == nil:
		return fmt.Errorf("format %q is unknown; there are %s", r.Format, strings.Join(Formats, ", "))
	case r.Followups != "" && !slices.Contains(Followups, r.Followups):
		return fmt.Errorf("follow-ups %q are unknown; there are %s", r.Followups, strings.Join(Followups, ", "))
	case r.Token != "" || r.Channel != "":
		return checkBot(r)
	}
	if !k.overHTTP() {
		return nil
	}
	if err := checkURL(r.URL.Reveal()); err != nil {
		return fmt.Errorf("%s: %w", r.Kind, err)
	}
	if err := checkHeader(r); err != nil {
		return err
	}
	_, err := signingKeys(r)
	return err
}

// Followups are the ways in which a receiver can follow a story.
var Followups = []string{"thread", "digest", "each", "none"}

var channelID = regexp.MustCompile(`^[CDG][A-Z0-9]{2,30}$`)

func checkBot(r Receiver) error {
	token := r.Token.Reveal()
	switch {
	case r.Kind != "slack":
		return fmt.Errorf("a bot's token and a channel are for slack, not for %s", r.Kind)
	case token == "":
		return errors.New("slack: the channel is for a bot's token; a webhook has its own")
	case strings.Contains(token, "://"):
		return errors.New("slack: the bot's token is a URL; is it a webhook's?")
	case strings.HasPrefix(token, "xapp-"):
		return errors.New("slack: an app-level token (xapp-) can't post; " + newToken)
	case strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return errors.New("slack: the bot's token has characters that no token has, a line end perhaps; copy it again")
	case r.Channel == "":
		return errors.New("slack: a bot needs a channel to post in; " + channelIDs)
	case !channelID.MatchString(r.Channel):
		return fmt.Errorf("slack: %q is no channel's ID, which looks like C0123ABCD; %s", r.Channel, channelIDs)
	case r.URL == "":
		return nil
	}
	if err := checkURL(r.URL.Reveal()); err != nil {
		return fmt.Errorf("slack: the address of the API: %w", err)
	}
	if strings.ContainsAny(r.URL.Reveal(), "@?#") { // It is no secret, and so must hold none.
		return errors.New("slack: the address of the API ends with its path, as https://slack.com/api does, and has no user")
	}
	return nil
}

// checkURL does not wrap what net/url says, for that quotes the URL.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return errors.New("no URL; where should it go?")
	case err != nil:
		return errors.New("the URL can't be parsed; copy it again")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return errors.New("the URL must begin with https:// or http:// and a host")
	}
	return nil
}

// ownHeaders are written by the sender or by HTTP itself. With an
// Idempotency-Key, net/http would repeat a request by itself when a connection
// breaks, and no attempt would tell of it; webhook-id serves the purpose.
var ownHeaders = []string{
	"content-type", "content-length", "host", "connection", "transfer-encoding", "trailer", "user-agent",
	"webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key", "x-idempotency-key",
}

func checkHeader(r Receiver) error {
	for name, value := range r.Header {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("%q is no name of an HTTP header", name)
		case slices.Contains(ownHeaders, strings.ToLower(name)):
			return fmt.Errorf("header %s is not for the configuration to set; remove it", name)
		case !httpguts.ValidHeaderFieldValue(value.Reveal()):
			return fmt.Errorf("the value of header %s has characters that a header can't hold, a line end perhaps", name)
		}
	}
	return nil
}

func signingKeys(r Receiver) ([][]byte, error) {
	var keys [][]byte
	for _, s := range r.Secrets {
		if s == "" {
			return nil, errors.New("a secret is empty")
		}
		key, err := signingKey(s)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
