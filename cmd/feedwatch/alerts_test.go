package main

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/feedwatch/feedwatch/storage"
)

func TestAlertsOfEveryKindCanBeShown(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	item := storage.Item{ID: "i1", Title: "The deal", FeedName: "A", Link: "https://a.example/1", Seen: at}
	for want, a := range map[string]storage.Alert{
		"The deal\nfirst, high":                {Kind: storage.First, Item: item, Severity: "high"},
		"(no title)\ntest":                     {Kind: storage.Test},
		"2 more outlets: B, A\n":               {Kind: storage.FollowUp, Item: item, Parent: "fw_0", Outlets: []storage.Outlet{{Name: "B", Title: "x", At: at}}},
		"after  fw_0":                          {Kind: storage.FollowUp, Item: item, Parent: "fw_0"},
		"Title: The [-dael-] {+deal+}\n":       {Kind: storage.Changed, Item: item, Before: &storage.Revision{Title: "The dael", Until: at}},
		"The deal\nchange":                     {Kind: storage.Changed, Item: item},
		"A can't be read\nnotice":              {Kind: storage.Notice, Notice: &storage.Memo{Title: "A can't be read", Text: "HTTP 500.\n\nLook at it."}},
		"  Look at it.\n":                      {Kind: storage.Notice, Notice: &storage.Memo{Title: "A can't be read", Text: "HTTP 500.\n\nLook at it."}},
		"(no title)\nnotice":                   {Kind: storage.Notice},
		"Brief: nothing matched\nbrief":        {Kind: storage.Brief, Brief: &storage.Bulletin{}},
		"(no title)\nbrief":                    {Kind: storage.Brief},
		"(no title)\nsomething, low, created ": {Kind: "something"},
	} {
		var b strings.Builder
		a.Receiver, a.Created, a.Severity = "desk", at, cmp.Or(a.Severity, "low")
		if err := printEvidence(&b, told{Alert: a, Receivers: []toldReceiver{{ID: "fw_1", Name: "desk", State: storage.Delivered, Ref: "1.2@C0"}}}); err != nil {
			t.Error(err)
		}
		if !strings.Contains(b.String(), want) || !strings.Contains(b.String(), "as 1.2@C0") {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}
