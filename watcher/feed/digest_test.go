package feed

import (
	"fmt"
	"testing"
)

func TestDigestChangesWithACorrectionOnly(t *testing.T) {
	const item = "<title>%s</title><description>%s</description>"
	digestOf := func(title, text string) uint64 {
		return again(t, rssWith(fmt.Sprintf(item, title, text)), nil).Entries[0].Digest
	}
	const title, text = "Chip maker’s profit is 3.5 billion", "&lt;p&gt;The company said on Tuesday that it earned $3.5 billion, -5% on the year.&lt;/p&gt;"
	base := digestOf(title, text)
	for name, same := range map[string][2]string{
		"mark-up":             {title, "<![CDATA[<div class='x'>The <b>company</b> said on\n Tuesday that it <a href='/?utm_source=1'>earned</a> $3.5 billion, -5% on the year.</div>]]>"},
		"quotes and case":     {"Chip Maker's Profit Is 3.5 Billion", text},
		"a tracked link":      {title, text + " https://news.example.com/?utm_id=77"},
		"comments":            {title, text + "&lt;p&gt;17 comments&lt;/p&gt;"},
		"how long ago":        {title, text + "&lt;p&gt;3 hours ago&lt;/p&gt;&lt;p&gt;5 min read&lt;/p&gt;"},
		"points and comments": {title, text + "&lt;p&gt;12 points by 3k shares | 7 replies&lt;/p&gt;"},
	} {
		if got := digestOf(same[0], same[1]); got != base {
			t.Errorf("%s: the digest changed", name)
		}
	}
	for name, other := range map[string][2]string{
		"a figure in the title": {"Chip maker’s profit is 3.6 billion", text},
		"a figure in the text":  {title, "The company said on Tuesday that it earned $3.6 billion, -5% on the year."},
		"a sign":                {title, "The company said on Tuesday that it earned $3.5 billion, 5% on the year."},
		"a currency":            {title, "The company said on Tuesday that it earned €3.5 billion, -5% on the year."},
		"a point":               {title, "The company said on Tuesday that it earned $35 billion, -5% on the year."},
		"a word more":           {title, text + " It was not."},
		"words joined":          {title, "The company said on Tuesday that itearned $3.5 billion, -5% on the year."},
	} {
		if got := digestOf(other[0], other[1]); got == base {
			t.Errorf("%s: the digest did not change", name)
		}
	}
}
