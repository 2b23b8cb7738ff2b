package rules

import "testing"

func TestSiteMatchesTheHostAndWhatIsUnderIt(t *testing.T) {
	tests := []struct {
		url, site string
		want      bool
	}{
		{"https://reuters.com/x", "reuters.com", true},
		{"https://www.Reuters.com", "reuters.com", true},
		{"http://a.b.reuters.com.:8080/x?y#z", "Reuters.com.", true},
		{"https://notreuters.com", "reuters.com", false},
		{"https://reuters.com.evil.example", "reuters.com", false},
		{"https://evil.example/?u=https://reuters.com", "reuters.com", false},
		{"https://evil.example/reuters.com", "reuters.com", false},
		{"https://evil.example#@reuters.com", "reuters.com", false},
		{"https://evil.example\\@reuters.com", "reuters.com", false},
		{"https://reuters.com@evil.example/", "reuters.com", false},
		{"reuters.com/a//b", "reuters.com", true},
		{"reuters.com?u=//evil.example", "reuters.com", true},
		{"", "reuters.com", false},
		{"urn:uuid:1", "reuters.com", false},
		{"http://[::1]:80/", "reuters.com", false},
		{"https://пример.example/", "xn--e1afmkfd.example", true},
		{"https://gov.example.gov", "gov", true},
	}
	for _, tt := range tests {
		if got := holdsSite(nil, &Doc{URL: tt.url}, tt.site); got != tt.want {
			t.Errorf("site:%s holds for %q: %t", tt.site, tt.url, got)
		}
	}
}

func TestALanguageMatchesItsVariants(t *testing.T) {
	tests := []struct {
		doc, want string
		holds     bool
	}{
		{"en", "en", true}, {"en-GB", "en", true}, {"EN_us", "en", true}, {"eng", "en", false},
		{"", "en", false}, {"en", "en-GB", false}, {"pt-BR", "pt-br", true}, {"e", "en", false},
	}
	for _, tt := range tests {
		if got := holdsLang(nil, &Doc{Language: tt.doc}, tt.want); got != tt.holds {
			t.Errorf("lang:%s holds for %q: %t", tt.want, tt.doc, got)
		}
	}
}
