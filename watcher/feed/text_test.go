package feed

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text goes through", "OpenAI & Microsoft: 5 < 6, a<b", "OpenAI & Microsoft: 5 < 6, a<b"},
		{"but for white space", "  one\ttwo \n\n  three\u00a0four\r\nfive ", "one two\nthree four\nfive"},
		{"plain boilerplate is not touched", "Comments\nRead more", "Comments\nRead more"},
		{"references alone", "AT&amp;T\nand &#8220;R&amp;D&#8221;", "AT&T\nand “R&D”"},
		{"paragraphs", "<p>One</p><p>Two</p>", "One\nTwo"},
		{"white space in HTML", "<p>one\n  two</p>\n\n <p> three</p> ", "one two\nthree"},
		{"inline elements join", "<b>Open</b>AI <i>and</i> <a href=x>Micro</a>soft", "OpenAI and Microsoft"},
		{"line breaks, lists, headings", "a<br>b<ul><li>c<li>d</ul><h2>e</h2>f", "a\nb\nc\nd\ne\nf"},
		{"cells are parted by a space", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"what nobody reads", "<head><title>t</title></head><style>s</style><p>a</p><script>if (a<b) {}</script><noscript>n</noscript><template>t</template><nav>menu</nav><p>b</p>", "a\nb"},
		{"an element that never ends hides nothing", "<nav><p>a</p><p>b</p>", "a\nb"},
		{"images say nothing", `<p>a <img alt="OpenAI" src=x> b</p>`, "a b"},
		{"comments say nothing", "<p>a<!-- OpenAI -->b</p>", "ab"},
		{"entities once", "<p>&amp;lt;b&amp;gt; &eacute; &nbsp;x</p>", "&lt;b&gt; é x"},
		{"namespaced elements", "<xhtml:p>a</xhtml:p><xhtml:p>b</xhtml:p>", "a\nb"},
		{"the WordPress tail", `<p>a</p><p>The post <a href=x>Deal: it's done</a> appeared first on <a href=y>Site</a>.</p>`, "a"},
		{"a German tail", "<p>a</p><p>Der Beitrag <a>X</a> erschien zuerst auf <a>Y</a>.</p>", "a"},
		{"a link to the rest, in its own line", "<p>a</p><p><a href=x>Continue reading &rarr;</a></p>", "a"},
		{"a link to the rest, within the line", "<p>a b … <a href=x>Read more</a></p>", "a b …"},
		{"a link with the title in it", `<p>a</p><a href=x>Continue reading <span>"The deal"</span></a>`, "a"},
		{"links that say something stay", "<p>a <a href=x>Read the contract</a> b</p>", "a Read the contract b"},
		{"Slashdot", `<p>a</p><p><a href=x>Read more of this story</a> at Slashdot.</p>`, "a"},
		{"comment boxes", "<p>a</p><p>Comments</p><p>12 comments</p><p>Leave a comment</p><a href=x>Comments</a>", "a"},
		{"Hacker News", "<p>Article URL: <a>https://x.example/</a></p><p>Points: 12</p><p># Comments: 3</p>", ""},
		{"newsletter pleas", "<p>a</p><p>Sign up for our AI newsletter and get the news in your inbox.</p><p>Subscribe</p><p>By signing up you agree to our terms.</p>", "a"},
		{"how to cite", "<p>a</p><p>Cite this article</p><p>MLA style: Writer, A. A Title. 2025.</p>", "a"},
		{"sentences that begin alike stay", "<p>The post office said the letter appeared first on Monday morning, and then again.</p><p>Comments by the chairman moved markets.</p><p>Subscribe rates fell.</p>", "The post office said the letter appeared first on Monday morning, and then again.\nComments by the chairman moved markets.\nSubscribe rates fell."},
		{"nothing", "", ""},
		{"only markup", "<p><br/></p>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := PlainText(c.in); got != c.want {
				t.Errorf("%q gives %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestTitles(t *testing.T) {
	for in, want := range map[string]string{
		"  Plain\n title ":             "Plain title",
		"A &amp; B":                    "A & B",
		"<b>OpenAI</b>, <i>again</i>":  "OpenAI, again",
		"Vec<u8> in Rust":              "Vec<u8> in Rust",
		"5 < 6":                        "5 < 6",
		"I <3 feeds":                   "I <3 feeds",
		"Using List<String> & co":      "Using List<String> & co",
		"one<br/>two":                  "one two",
		"&#8216;x&#8217;":              "‘x’",
		"The <title> tag &amp; others": "The <title> tag & others",
		"What <?php means":             "What <?php means",
	} {
		if got := titleText(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestSummaryThatTheContentRepeatsIsReadOnce(t *testing.T) {
	for _, c := range []struct{ summary, content, want string }{
		{"A deal is near […]", "<p>A deal is near</p><p>It is said.</p>", "A deal is near\nIt is said."},
		{"A deal is near...", "<p>A deal\nis near, they say.</p>", "A deal is near, they say."},
		{"A standfirst.", "<p>The text.</p>", "A standfirst.\nThe text."},
		{"<p>All of it, and more.</p>", "All of it", "All of it, and more."},
		{"", "x", "x"},
		{"x", "", "x"},
	} {
		if got := entryText(&draft{Entry: Entry{Summary: c.summary, Content: c.content}}); got != c.want {
			t.Errorf("%q and %q give %q, want %q", c.summary, c.content, got, c.want)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "a & b", "<a>Read more</a", "<script>", "</p></nav><nav>x</nav>", "&NotEqualTilde;", "<svg><a></svg></a>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := PlainText(s)
		if len(got) > 2*len(s)+8 {
			t.Fatalf("%d bytes give %d", len(s), len(got))
		}
		if strings.ContainsAny(got, "\t\r") || strings.Contains(got, "  ") || strings.Contains(got, "\n\n") || got != strings.TrimSpace(got) {
			t.Fatalf("white space is not folded: %q", got)
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("not UTF-8 any more: %q", got)
		}
		if !anyTag.MatchString(s) && !anyReference.MatchString(s) {
			if strings.Join(strings.Fields(s), " ") != strings.Join(strings.Fields(got), " ") {
				t.Fatalf("plain text was changed: %q gives %q", s, got)
			}
		}
	})
}
