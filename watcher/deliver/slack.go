package deliver

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// Slack's limits, in characters after escaping; see
// https://api.slack.com/reference/block-kit/blocks. The sum over all blocks is
// not documented: about 13,200 characters end in msg_blocks_too_long. Three
// texts of section length and a header stay well below.
const (
	slackHeader  = 150
	slackSection = 3000
)

// slackMessage is the body of an incoming webhook.
type slackMessage struct {
	Text        string       `json:"text"` // for notifications and old clients
	Blocks      []slackBlock `json:"blocks,omitempty"`
	UnfurlLinks bool         `json:"unfurl_links"` // false: a preview a message would bury the channel
	UnfurlMedia bool         `json:"unfurl_media"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
	// Verbatim, on mrkdwn, keeps Slack from making links, channels and
	// mentions of plain words.
	Verbatim bool `json:"verbatim,omitempty"`
	// Emoji, on plain_text, false: a title's :words: stay as they are.
	Emoji *bool `json:"emoji,omitempty"`
}

// slackFormat is an alert as Slack blocks: the title as plain text, what and
// where with the sentence that matched, and the reason. Text from feeds is
// escaped last, after cutting, so it can hold no mention, link or formatting
// sequence.
func slackFormat(o options, a *storage.Alert) []byte {
	body, _ := json.Marshal(newSlackMessage(o, a)) // can't fail: strings and booleans
	return body
}

func newSlackMessage(o options, a *storage.Alert) slackMessage {
	if a.Kind != storage.First && a.Kind != storage.Test {
		return slackBlocks(compose(a, o.threaded))
	}
	title := plainTitle(a)
	emoji := false
	msg := slackMessage{
		Text: escape(slackSection, strings.Join(nonEmpty(strings.ToUpper(clean(a.Severity)), kindName(a.Kind), title, feedName(a)), " · ")),
		Blocks: []slackBlock{
			{Type: "header", Text: &slackText{Type: "plain_text", Text: escape(slackHeader, title), Emoji: &emoji}},
		},
	}
	// Slack refuses a message with an empty text in it.
	if text := slackBody(a); text != "" {
		msg.Blocks = append(msg.Blocks, slackBlock{Type: "section", Text: &slackText{Type: "mrkdwn", Text: text, Verbatim: true}})
	}
	if text := slackReason(a); text != "" {
		msg.Blocks = append(msg.Blocks, slackBlock{Type: "context", Elements: []slackText{{Type: "mrkdwn", Text: text, Verbatim: true}}})
	}
	return msg
}

// slackBody is the section: feed as a link, severity, kind and time, then the
// sentence. Where only the title matched it comes again, for the header can't
// show marks.
func slackBody(a *storage.Alert) string {
	w := &slackWriter{room: slackSection}
	w.raw(strings.Join(nonEmpty(
		slackLink(webLink(a.Item.Link), feedName(a)),
		escape(slackHeader, clean(a.Severity)), escape(slackHeader, kindName(a.Kind)), when(a),
	), " · "))
	lines := [][]storage.Part{Sentence(a)}
	if title := Headline(a); !marked(lines[0]) && marked(title) {
		lines = [][]storage.Part{title, lines[0]}
	}
	for _, parts := range lines {
		if len(parts) > 0 {
			w.raw("\n")
			w.parts(parts)
		}
	}
	return w.String()
}

// slackLink is a link under a name. One that escaping makes too long for the
// section is left out, for a link can't be cut.
func slackLink(link, name string) string {
	// A web link is safe already; & is the one thing left to escape in it.
	link = strings.ReplaceAll(link, "&", "&amp;")
	if link == "" || width(link) > slackSection*2/3 {
		return escape(slackHeader, name)
	}
	if name == "" {
		name = "link"
	}
	return "<" + link + "|" + escape(slackHeader, name) + ">"
}

// marked tells whether there is a mark in the parts.
func marked(parts []storage.Part) bool {
	return slices.ContainsFunc(parts, func(p storage.Part) bool { return p.Match })
}

// slackReason is a line a rule, with the words that matched.
func slackReason(a *storage.Alert) string {
	w := &slackWriter{room: slackSection}
	for i, m := range a.Matches {
		if i > 0 {
			w.raw("\n")
		}
		line := []storage.Part{{Text: clean(m.Rule), Match: true}}
		if why := words(m); len(why) > 0 {
			line = append(line, storage.Part{Text: ": " + strings.Join(why, ", ")})
		}
		w.parts(line)
	}
	return w.String()
}

// slackRemedies says what to do about the error strings of an incoming webhook,
// https://api.slack.com/messaging/webhooks#handling_errors. Whether they are
// final follows from the status they come with.
var slackRemedies = map[string]string{
	"action_prohibited":   "an administrator of the workspace forbids it",
	"channel_is_archived": "make a webhook for another channel",
	"channel_not_found":   "the channel is gone; make a webhook for another",
	"invalid_token":       "the webhook's URL is no longer valid; make a new one",
	"no_service":          "the webhook was removed or turned off; make a new one",
	"user_not_found":      "the person is gone; make a webhook for another channel",
}

// slackAnswer reads what an incoming webhook says: done is a 2xx and the two
// letters ok, and anything else came from someone else on the way.
func slackAnswer(status int, body string) said {
	body = strings.TrimSpace(body)
	r := byStatus(status)
	switch {
	case r == delivered && body != "ok":
		return said{reason: notOK, remedy: "this is not Slack's answer; is the URL that of an incoming webhook?"}
	case body == "no_service", body == "channel_is_archived":
		r = gone
	case body == "invalid_token":
		r = unauthorised
	}
	return said{reason: r, remedy: slackRemedies[body]}
}
