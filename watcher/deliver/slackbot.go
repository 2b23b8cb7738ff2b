package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// slackAPI is where the methods of Slack's Web API live; see
// https://docs.slack.dev/reference/methods/chat.postMessage.
const slackAPI = "https://slack.com/api"

// botMessage is what a bot posts: a message, and where it goes.
type botMessage struct {
	Channel string `json:"channel"`
	Thread  string `json:"thread_ts,omitempty"`
	slackMessage
}

// postAsBot posts to the receiver's channel, in the story's thread where there
// is one. A thread that is gone, or a message that Slack finds too long, is a
// clear no: nothing was posted, so the same attempt says it once more, outside
// of the thread or in a line.
func postAsBot(ctx context.Context, l *lane, d *storage.Delivery) answer {
	msg := l.botMessage(d, l.thread(d))
	ans := l.postMessage(ctx, d.Alert.ID, msg)
	if msg.Thread != "" && slices.Contains(lostThread, ans.word) {
		msg = l.botMessage(d, "")
		ans = l.postMessage(ctx, d.Alert.ID, msg)
	}
	if slices.Contains(tooLong, ans.word) {
		msg.slackMessage = slackLine(&d.Alert)
		ans = l.postMessage(ctx, d.Alert.ID, msg)
	}
	if ans.ref != "" {
		ans.ref += refChannel + l.receiver.Channel
	}
	return ans
}

func (l *lane) botMessage(d *storage.Delivery, thread string) botMessage {
	o := l.options
	o.threaded = thread != ""
	return botMessage{Channel: l.receiver.Channel, Thread: thread, slackMessage: newSlackMessage(o, &d.Alert)}
}

func (l *lane) postMessage(ctx context.Context, id string, msg botMessage) answer {
	var body bytes.Buffer
	// Slack reads the characters themselves; escaped, a message is longer than
	// it is.
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(msg); err != nil { // can't be: strings and booleans
		return answer{reason: rejected, detail: l.redact(err)}
	}
	return l.post(ctx, l.receiver.botURL(), id, body.Bytes())
}

// botURL is the address of chat.postMessage.
func (r Receiver) botURL() string {
	base := r.URL.Reveal()
	if base == "" {
		base = slackAPI
	}
	return strings.TrimRight(base, "/") + "/chat.postMessage"
}

// refChannel parts a message's ts from the channel it is in, which together name
// it: a thread can't go on in another channel.
const refChannel = "@"

// thread is the ts of the message that a delivery shall hang on, "" for none.
func (l *lane) thread(d *storage.Delivery) string {
	ts, channel, ok := strings.Cut(d.Thread, refChannel)
	if !l.threads() || !ok || channel != l.receiver.Channel || !slackTS.MatchString(ts) {
		return ""
	}
	return ts
}

// slackTS is how Slack names a message within a channel.
var slackTS = regexp.MustCompile(`^[0-9]{1,20}\.[0-9]{1,20}$`)

// Error strings upon which a message is worth another form at once.
var (
	lostThread = []string{"thread_not_found", "message_not_found", "cannot_reply_to_message", "invalid_thread_ts", "restricted_action_thread_locked"}
	tooLong    = []string{"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"}
)

// slackError is what an error string means, and what to do about it.
type slackError struct {
	reason reason
	remedy string
}

const (
	newToken   = "copy the Bot User OAuth Token (xoxb-...) of a Slack app that is installed in the workspace"
	adminSays  = "ask an administrator of the workspace to let the app post there"
	channelIDs = "copy the channel's ID from the end of its details in Slack"
)

// slackErrors are the error strings of chat.postMessage that call for one thing
// rather than another.
var slackErrors = map[string]slackError{
	"invalid_auth":           {unauthorised, "Slack does not know the token; " + newToken},
	"not_authed":             {unauthorised, "no token arrived at Slack; " + newToken},
	"token_revoked":          {unauthorised, "the token was revoked; install the app again and " + newToken},
	"token_expired":          {unauthorised, "the token is past its time; turn token rotation off, or " + newToken},
	"account_inactive":       {unauthorised, "the app was removed or its workspace closed; install it again and " + newToken},
	"not_allowed_token_type": {unauthorised, "this kind of token can't post; " + newToken},
	"missing_scope":          {unauthorised, "give the app the scope chat:write and install it again"},
	"no_permission":          {unauthorised, "give the app the scope chat:write and install it again"},
	"org_login_required":     {unauthorised, adminSays},
	"ekm_access_denied":      {unauthorised, adminSays},
	"access_denied":          {unauthorised, adminSays},
	"restricted_action":      {unauthorised, adminSays},
	"team_access_not_granted": {
		unauthorised, "the app is not installed in the channel's workspace; install it there and " + newToken},
	"restricted_action_read_only_channel":      {unauthorised, adminSays},
	"restricted_action_non_threadable_channel": {unauthorised, adminSays},
	"restricted_action_thread_only_channel":    {unauthorised, adminSays},

	"not_in_channel":    {gone, "invite the bot: write /invite @its-name in the channel"},
	"channel_not_found": {gone, "the bot sees no such channel: " + channelIDs + ", and invite the bot if it is private"},
	"is_archived":       {gone, "the channel is archived; bring it back or name another"},

	"ratelimited":            {rateLimited, ""},
	"rate_limited":           {rateLimited, ""},
	"message_limit_exceeded": {rateLimited, "the workspace has posted more than its plan allows"},
	"internal_error":         {serverError, ""},
	"fatal_error":            {serverError, ""},
	"service_unavailable":    {serverError, ""},
	"request_timeout":        {serverError, ""},
	"team_added_to_org":      {serverError, "the workspace is being moved"},

	"msg_too_long":        {rejected, "Slack finds the alert too long even as one line"},
	"msg_blocks_too_long": {rejected, "Slack finds the alert too long even as one line"},
}

// defaultRest is how long a bot rests where Slack says that it posts too much,
// but not for how long.
const defaultRest = 30 * time.Second

// slackBotAnswer reads an answer of chat.postMessage. A yes and nearly every no
// come as HTTP 200 and differ in the body's ok.
func slackBotAnswer(status int, body string) said {
	var a struct {
		OK    *bool `json:"ok"`
		Error any   `json:"error"`
		TS    any   `json:"ts"`
	}
	r := byStatus(status)
	if err := json.Unmarshal([]byte(body), &a); err != nil || a.OK == nil {
		if r == delivered {
			return said{reason: notOK, remedy: "this is not Slack's answer; is api_url that of Slack's Web API?"}
		}
		return said{reason: r}
	}
	word, _ := a.Error.(string)
	if !slackWord.MatchString(word) {
		word = ""
	}
	known, ok := slackErrors[word]
	switch {
	case r == delivered && *a.OK:
		ts, _ := a.TS.(string)
		if !slackTS.MatchString(ts) {
			ts = ""
		}
		return said{ref: ts}
	case ok && r != rateLimited:
		r = known.reason
	case r == delivered:
		r, known.remedy = rejected, "see the errors of chat.postMessage in Slack's documentation"
	}
	s := said{reason: r, word: word, remedy: known.remedy}
	if r == rateLimited {
		s.wait = defaultRest
	}
	return s
}

var slackWord = regexp.MustCompile(`^[a-z][a-z0-9_]{1,80}$`)

// authorize adds the bot's token.
func (l *lane) authorize(h http.Header) {
	if l.receiver.Token != "" {
		h.Set("Authorization", "Bearer "+l.receiver.Token.Reveal())
	}
}
