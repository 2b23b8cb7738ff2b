package deliver

import (
	"fmt"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

// brief tells the stories of a span of time by rule, and what that rests on. It
// says so as well when there is nothing to tell.
func (m *message) brief(b *storage.Bulletin) {
	zone := zoneOf(b.Zone)
	m.severity = "" // A brief is of all severities.
	m.head = nonEmpty(span(b, zone))
	for _, r := range b.Rules {
		name := []run{{text: clean(r.Rule), look: strong}, {text: ": " + counted(len(r.Stories), "story", "stories")}}
		if r.Severity == "high" {
			name = append(name, run{text: ", high"})
		}
		m.say(heading, name)
		shown := r.Stories[:min(len(r.Stories), maxStories)]
		for _, s := range shown {
			m.say(entry, storyLine(s, b.Until.In(zone)))
		}
		m.more(len(r.Stories)-len(shown), "story")
	}
	if len(b.Rules) == 0 {
		m.sayf(body, "No story matched a rule in this time.")
	}
	m.coverage(b, zone)
}

// coverage says what was read and what was not, for no news from a feed that
// can't be read is no news about the world.
func (m *message) coverage(b *storage.Bulletin, zone *time.Location) {
	m.sayf(note, "Covered: %s that can be relied on, %s seen.",
		counted(b.Healthy, "feed", "feeds"), counted(b.Items, "item", "items"))
	if len(b.Feeds) == 0 {
		return
	}
	shown := b.Feeds[:min(len(b.Feeds), maxAiling)]
	ails := make([]string, len(shown))
	for i, f := range shown {
		ails[i] = nameOr(cut(clean(f.Name), 60)) + " (" + cut(clean(strings.ReplaceAll(f.State, "-", " ")), 60)
		if at := stampIn(f.Since, zone); at != "" {
			ails[i] += " since " + at
		}
		ails[i] += ")"
	}
	text := "Not to be relied on: " + strings.Join(ails, ", ")
	if n := len(b.Feeds) - len(shown); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	m.sayf(note, "%s.", text)
}

// briefTitle says in a line how much a brief tells.
func briefTitle(b *storage.Bulletin) string {
	seen := make(map[string]bool)
	for _, r := range b.Rules {
		for _, s := range r.Stories {
			seen[s.ID] = true
		}
	}
	if len(seen) == 0 {
		return "Brief: nothing matched"
	}
	return fmt.Sprintf("Brief: %s, %s", counted(len(seen), "story", "stories"), counted(len(b.Rules), "rule", "rules"))
}

// zoneOf is the zone of that name, or UTC where this machine does not know it.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

func span(b *storage.Bulletin, zone *time.Location) string {
	if stamp(b.Since) == "" || stamp(b.Until) == "" {
		return ""
	}
	return b.Since.In(zone).Format("2006-01-02 15:04") + " to " + stampIn(b.Until, zone)
}

// storyLine is a story with its outlets and when each came.
func storyLine(s storage.BulletinStory, until time.Time) []run {
	line := []run{{text: titleOr(s.Title), link: webLink(s.Link)}}
	var outlets []string
	for _, o := range s.Outlets[:min(len(s.Outlets), maxNames)] {
		outlets = append(outlets, strings.Join(nonEmpty(cut(clean(o.Name), 60), clock(o.At, until)), " "))
	}
	if len(outlets) == 0 {
		return line
	}
	text := " (" + strings.Join(outlets, ", ")
	if n := len(s.Outlets) - len(outlets); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return append(line, run{text: text + ")"})
}

// clock is a time in the zone of another, with its day where that is another
// day's.
func clock(t, near time.Time) string {
	if stamp(t) == "" {
		return ""
	}
	t = t.In(near.Location())
	if t.YearDay() == near.YearDay() && t.Year() == near.Year() {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}
