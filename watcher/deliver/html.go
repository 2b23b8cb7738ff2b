package deliver

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/feedwatch/feedwatch/storage"
)

// htmlFormat is an alert as a fragment of HTML: an article, with classes to give
// it a look by. It is ASCII, so that it reads the same whatever character set its
// reader takes it for, and it has no script, no style and no image.
func htmlFormat(_ options, a *storage.Alert) []byte {
	m := compose(a, false)
	page := struct {
		ID, Class, Severity string
		Head                []string
		Title               []linkedRuns
		Groups              []group
	}{ID: a.ID, Class: className(string(a.Kind)), Severity: m.severity, Head: m.head, Title: linked(m.title), Groups: groups(m.paras)}
	var b strings.Builder
	if err := article.Execute(&b, page); err != nil { // can't be: the template is tried with every kind of alert
		return []byte("<p>" + template.HTMLEscapeString(err.Error()) + "</p>\n")
	}
	return []byte(asciiHTML(b.String()))
}

// group is a paragraph, or a list of them.
type group struct {
	Kind  string // p, h3, small, ul
	Paras [][]linkedRuns
}

// groups puts the entries of a list together.
func groups(paras []para) []group {
	var out []group
	for _, p := range paras {
		kind := map[paraKind]string{body: "p", heading: "h3", entry: "ul", rest: "ul", note: "small"}[p.kind]
		if n := len(out); kind == "ul" && n > 0 && out[n-1].Kind == kind {
			out[n-1].Paras = append(out[n-1].Paras, linked(p.runs))
			continue
		}
		out = append(out, group{kind, [][]linkedRuns{linked(p.runs)}})
	}
	return out
}

// Text is the run's text.
func (r run) Text() string { return r.text }

// Tag is the element that gives the run its look, or "".
func (r run) Tag() string {
	return map[look]string{matched: "mark", strong: "strong", removed: "del", added: "ins"}[r.look]
}

// className is a word that may stand in a class.
func className(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, s)
}

// asciiHTML writes what is not ASCII as character references.
func asciiHTML(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteByte(byte(r))
		} else {
			fmt.Fprintf(&b, "&#x%X;", r)
		}
	}
	return b.String()
}

var article = template.Must(template.New("article").Parse(`
{{- define "runs"}}{{range .}}{{if .Link}}<a href="{{.Link}}" rel="noreferrer">{{end}}{{range .Runs -}}
{{if eq .Tag "mark"}}<mark>{{.Text}}</mark>{{else if eq .Tag "strong"}}<strong>{{.Text}}</strong>
{{- else if eq .Tag "del"}}<del>{{.Text}}</del>{{else if eq .Tag "ins"}}<ins>{{.Text}}</ins>{{else}}{{.Text}}{{end}}
{{- end}}{{if .Link}}</a>{{end}}{{end}}{{end -}}
<article class="feedwatch {{.Class}}" id="{{.ID}}">
<h2>{{template "runs" .Title}}</h2>
<p class="head">{{with .Severity}}<strong>{{.}}</strong> {{end}}{{range $i, $h := .Head}}{{if $i}} &middot; {{end}}{{$h}}{{end}}</p>
{{range .Groups}}{{if eq .Kind "ul"}}<ul>
{{range .Paras}}<li>{{template "runs" .}}</li>
{{end}}</ul>
{{else}}{{$kind := .Kind}}{{range .Paras}}
{{- if eq $kind "h3"}}<h3>{{template "runs" .}}</h3>
{{else if eq $kind "small"}}<p class="note"><small>{{template "runs" .}}</small></p>
{{else}}<p>{{template "runs" .}}</p>
{{end}}{{end}}{{end}}{{end}}</article>
`))
