package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
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
	// send takes them there, once.
	send func(ctx context.Context, l *lane, a *storage.Alert, body []byte) answer
	// pace is the least time between two deliveries that the service asks for.
	pace time.Duration

	// The rest is for those that send by HTTP.
	contentType string
	signed      bool // with Standard Webhooks headers
	answer      func(status int, body string) (r reason, remedy string)
}

// options are the parts of Config that formats and senders read.
type options struct {
	source    string
	userAgent string
	colour    bool
	stdout    *printer
}

var kinds = map[string]kind{
	"stdout":  {format: textFormat, send: printText},
	"file":    {format: lineFormat, send: appendLine},
	"webhook": {format: eventFormat, send: post, contentType: "application/cloudevents+json", signed: true, answer: plainAnswer},
	"slack":   {format: slackFormat, send: post, contentType: "application/json", pace: time.Second, answer: slackAnswer},
}

// overHTTP tells whether receivers of this kind have a URL.
func (k kind) overHTTP() bool { return k.answer != nil }

// Check says what is wrong with a receiver, or nil. It looks at nothing outside:
// no file is opened and no name resolved. Its errors hold no secret.
func Check(r Receiver) error {
	k, ok := kinds[r.Kind]
	switch {
	case strings.TrimSpace(r.Name) == "":
		return errors.New("a receiver needs a name")
	case !ok:
		return fmt.Errorf("unknown kind %q; there are %s", r.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	case r.Timeout < 0:
		return fmt.Errorf("timeout %v is negative; leave it out for %v", r.Timeout, defaultTimeout)
	case r.Kind == "file" && r.Path == "":
		return errors.New("a file receiver needs a path")
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
