package deliver

import (
	"strings"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

func TestCheckNamesWhatIsWrong(t *testing.T) {
	header := func(name, value string) map[string]egress.Secret {
		return map[string]egress.Secret{name: egress.Secret(value)}
	}
	const url = "https://h.example/s3cret"
	for want, r := range map[string]Receiver{
		"":                    {Name: "n", Kind: "webhook", URL: url, Secrets: []egress.Secret{newKey, "raw"}, Header: header("X-A", "b")},
		"needs a name":        {Name: " ", Kind: "stdout"},
		"file, slack, stdout": {Name: "n", Kind: "pigeon"},
		"needs a path":        {Name: "n", Kind: "file"},
		"negative":            {Name: "n", Kind: "stdout", Timeout: -time.Second},
		"no URL":              {Name: "n", Kind: "slack"},
		"https://":            {Name: "n", Kind: "slack", URL: "s3cret.example/x"},
		"can't be parsed":     {Name: "n", Kind: "webhook", URL: "https://u:s3cret x@h.example/"},
		"a host":              {Name: "n", Kind: "webhook", URL: "https:///s3cret"},
		"no name of an HTTP":  {Name: "n", Kind: "webhook", URL: url, Header: header("a b", "s3cret")},
		"a line end":          {Name: "n", Kind: "webhook", URL: url, Header: header("X-A", "s3cret\r\nX-B: c")},
		"not for the config":  {Name: "n", Kind: "webhook", URL: url, Header: header("Idempotency-Key", "s3cret")},
		"remove it":           {Name: "n", Kind: "webhook", URL: url, Header: header("webhook-ID", "s3cret")},
		"secret is empty":     {Name: "n", Kind: "webhook", URL: url, Secrets: []egress.Secret{""}},
		"app-level":           {Name: "n", Kind: "slack", Token: "xapp-s3cret", Channel: "C0123"},
		"is a URL":            {Name: "n", Kind: "slack", Token: url, Channel: "C0123"},
		"that no token has":   {Name: "n", Kind: "slack", Token: "xoxb-s3cret\n", Channel: "C0123"},
		"to post in":          {Name: "n", Kind: "slack", Token: "xoxb-s3cret"},
		"no channel's ID":     {Name: "n", Kind: "slack", Token: "xoxb-s3cret", Channel: "general"},
		"for a bot's token":   {Name: "n", Kind: "slack", URL: url, Channel: "C0123"},
		"of the API":          {Name: "n", Kind: "slack", Token: "xoxb-s3cret", Channel: "C0123", URL: "s3cret"},
		"ends with its path":  {Name: "n", Kind: "slack", Token: "xoxb-s3cret", Channel: "C0123", URL: "https://u:s3cret@h.example/api"},
		"not for webhook":     {Name: "n", Kind: "webhook", Token: "xoxb-s3cret", URL: url},
		"for files":           {Name: "n", Kind: "stdout", Format: "html"},
		"is unknown":          {Name: "n", Kind: "file", Path: "p", Format: "htlm"},
		"are unknown":         {Name: "n", Kind: "stdout", Followups: "all"},
		"whsec_":              {Name: "n", Kind: "webhook", URL: url, Secrets: []egress.Secret{"whsec_s3cret!"}},
	} {
		err := Check(r)
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("got %v, want %q", err, want)
		case err != nil && strings.Contains(err.Error(), "s3cret"):
			t.Errorf("the error holds a secret: %v", err)
		}
	}
}
