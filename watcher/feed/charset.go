package feed

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// declaredEncoding finds the label in an XML declaration, of whatever XML version.
var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// mark is what the first bytes of a document say of its encoding: a byte order
// mark, or how "<", "<?" or "{" looks in it (XML 1.0, appendix F).
type mark struct {
	prefix string
	enc    encoding.Encoding // nil: UTF-8
	bom    bool              // the prefix is a mark, and no part of the text
}

// marks lists the longer ones first: the mark of UTF-32 begins with that of UTF-16.
var marks = []mark{
	{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), true},
	{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), true},
	{"\xef\xbb\xbf", nil, true},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), true},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), true},
	{"\x00\x00\x00<", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), false},
	{"<\x00\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), false},
	{"\x00<", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), false},
	{"<\x00", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), false},
	{"\x00{", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), false},
	{"{\x00", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), false},
	{"\x4c\x6f\xa7\x94", charmap.CodePage037, false}, // "<?xm" in EBCDIC
}

// decode gives the document as valid UTF-8 without a byte order mark. In order:
// what the first bytes say; then valid UTF-8, whatever the labels say, unless
// they name an encoding of 7 bits; then the charset of the HTTP header; then
// that of the XML declaration (RFC 7303, section 3). What is left is UTF-8 with
// stray bytes in it, each read as windows-1252.
func decode(body []byte, contentType string) []byte {
	for _, m := range marks {
		if !bytes.HasPrefix(body, []byte(m.prefix)) {
			continue
		}
		if m.bom {
			body = body[len(m.prefix):]
		}
		if m.enc != nil {
			return transcode(m.enc, body)
		}
		return decodeUTF8(bytes.TrimPrefix(body, []byte(m.prefix))) // some have two
	}
	valid := utf8.Valid(body)
	for _, label := range labels(body, contentType) {
		enc, name := lookUp(label)
		if enc == nil || name == "utf-8" || name == "replacement" {
			continue
		}
		if valid && name != "iso-2022-jp" && name != "hz-gb-2312" {
			continue
		}
		if name == "utf-16be" || name == "utf-16le" {
			continue // The pattern of its NULs would have shown above.
		}
		return transcode(enc, body)
	}
	return decodeUTF8(body)
}

// lookUp finds an encoding by its label: those of the web, and those that older
// software wrote into feeds. name is "" for the latter.
func lookUp(label string) (enc encoding.Encoding, name string) {
	label = strings.ToLower(strings.Trim(label, "'"))
	bare := strings.NewReplacer("-", "", "_", "").Replace(label)
	switch {
	case strings.HasPrefix(bare, "hz"):
		return simplifiedchinese.HZGB2312, "hz-gb-2312"
	case strings.HasPrefix(bare, "iso2022jp"):
		return japanese.ISO2022JP, "iso-2022-jp"
	case strings.HasPrefix(bare, "eucji"), strings.HasPrefix(bare, "eucjp"), bare == "ujis":
		return japanese.EUCJP, ""
	case strings.HasPrefix(bare, "shiftji"), bare == "cp932", bare == "ms932", bare == "sjis":
		return japanese.ShiftJIS, ""
	case bare == "cp949", bare == "ms949", bare == "uhc":
		return korean.EUCKR, ""
	case strings.HasPrefix(bare, "big5"), bare == "cp950":
		return traditionalchinese.Big5, ""
	case bare == "cp874":
		return charmap.Windows874, ""
	}
	if enc, name = charset.Lookup(label); enc != nil {
		return enc, name
	}
	page := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(bare, "cp"), "ibm"), "0")
	return codePages[page], ""
}

// codePages are those of DOS and of mainframes, by number.
var codePages = map[string]encoding.Encoding{
	"37": charmap.CodePage037, "437": charmap.CodePage437, "850": charmap.CodePage850, "852": charmap.CodePage852,
	"855": charmap.CodePage855, "858": charmap.CodePage858, "860": charmap.CodePage860, "862": charmap.CodePage862,
	"863": charmap.CodePage863, "865": charmap.CodePage865, "866": charmap.CodePage866,
}

// labels lists the charsets that the header and the document claim.
func labels(body []byte, contentType string) []string {
	var out []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		out = append(out, params["charset"])
	}
	if m := declaredEncoding.FindSubmatch(body[:min(len(body), 1024)]); m != nil {
		out = append(out, string(m[1]))
	}
	return out
}

func transcode(enc encoding.Encoding, body []byte) []byte {
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return decodeUTF8(body)
	}
	return decodeUTF8(out)
}

// decodeUTF8 keeps what is valid and reads each stray byte as windows-1252,
// which is what it is wherever an old system pasted into a new one.
func decodeUTF8(body []byte) []byte {
	if utf8.Valid(body) {
		return body
	}
	out := make([]byte, 0, len(body)+len(body)/8)
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(body[0])
		}
		out = utf8.AppendRune(out, r)
		body = body[n:]
	}
	return out
}
