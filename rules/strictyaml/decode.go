package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Unmarshaler is a type that reads itself from a node, such as one that may be
// written in two ways. Errors that are not *Error are reported at the node. It
// is not asked about a null, which is reported as a missing value.
type Unmarshaler interface {
	UnmarshalNode(n Node) error
}

// Node is a value of the document, as an Unmarshaler sees it.
type Node struct {
	file  *File
	value *value
}

// Pos is where the value begins.
func (n Node) Pos() Pos { return n.value.pos }

// Scalar gives the text of a single value, plain or quoted.
func (n Node) Scalar() (text string, ok bool) {
	return n.value.text, n.value.kind == scalar
}

// IsList tells whether the value is a list.
func (n Node) IsList() bool { return n.value.kind == list }

// Decode fills what into points to, as File.Decode does.
func (n Node) Decode(into any) error { return decode(n.file, n.value, into) }

// Errorf makes an error at the value.
func (n Node) Errorf(hint, format string, args ...any) *Error {
	return n.file.Errorf(n.value.pos, hint, format, args...)
}

// Decode fills the struct that into points to, by its `yaml:"key"` tags, and
// returns every problem (unknown key with the nearest known one, wrong type) at
// once; see Errors. It may be called with a partly broken document: what is
// sound is filled in.
//
// Fields may be strings, bools, numbers, time.Duration ("15m", "90d"), structs,
// slices, maps with string keys, pointers to these, and Unmarshalers; fields
// without the tag are left alone. `yaml:"key,required"` makes a missing key an
// error. A key without a value leaves a list, map, struct or pointer as it was,
// so a list may have all its entries commented out. A pointer to what is no
// struct stays nil where the value is wrong.
func (f *File) Decode(into any) error { return decode(f, f.root, into) }

func decode(f *File, v *value, into any) error {
	to := reflect.ValueOf(into)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fmt.Errorf("strictyaml: Decode wants a pointer, not %T", into)
	}
	d := decoder{file: f, known: make(map[reflect.Type]*keys)}
	d.decode(v, to.Elem())
	return Join(d.errs)
}

type decoder struct {
	file  *File
	errs  []*Error
	known map[reflect.Type]*keys // of structs
}

func (d *decoder) errorAt(v *value, hint, format string, args ...any) {
	e := d.file.Source.Errorf(v.pos, hint, format, args...)
	e.Span = v.span
	d.errs = append(d.errs, e)
}

// decode fills to from v, and reports what does not fit.
func (d *decoder) decode(v *value, to reflect.Value) {
	if v.kind == refused {
		return
	}
	if v.kind == null {
		d.decodeNull(v, to)
		return
	}
	if u, ok := reflect.TypeAssert[Unmarshaler](to.Addr()); ok {
		d.unmarshal(v, u)
		return
	}
	switch to.Kind() {
	case reflect.Pointer:
		d.decodePointer(v, to)
	case reflect.Struct:
		d.decodeStruct(v, to)
	case reflect.Map:
		d.decodeMap(v, to)
	case reflect.Slice:
		d.decodeList(v, to)
	default:
		d.decodeScalar(v, to)
	}
}

// decodePointer leaves the pointer nil where what it would point to is no
// struct and wrong, so that a reader takes it for left out.
func (d *decoder) decodePointer(v *value, to reflect.Value) {
	found, fresh := len(d.errs), reflect.New(to.Type().Elem())
	d.decode(v, fresh.Elem())
	if len(d.errs) == found || fresh.Elem().Kind() == reflect.Struct {
		to.Set(fresh)
	}
}

func (d *decoder) decodeNull(v *value, to reflect.Value) {
	_, special := reflect.TypeAssert[Unmarshaler](to.Addr())
	switch to.Kind() {
	case reflect.Pointer, reflect.Struct, reflect.Map, reflect.Slice:
		if !special {
			return
		}
	}
	d.errorAt(v, "write one, or remove the key", "a value is missing")
}

func (d *decoder) unmarshal(v *value, u Unmarshaler) {
	err := u.UnmarshalNode(Node{file: d.file, value: v})
	if err == nil {
		return
	}
	if list := Errors(err); len(list) > 0 {
		d.errs = append(d.errs, list...)
		return
	}
	d.errorAt(v, "", "%s", err)
}

// want reports a value of the wrong kind.
func (d *decoder) want(v *value, k kind) bool {
	if v.kind == k {
		return true
	}
	hint := ""
	if v.kind == scalar && k == list && v.oneLine && !v.concealed {
		hint = "put it in brackets: [" + string([]rune(d.file.from(v.pos))[:v.span]) + "]"
	}
	d.errorAt(v, hint, "%s is wanted here, not %s", k, v.kind)
	return false
}

func (d *decoder) decodeStruct(v *value, to reflect.Value) {
	if !d.want(v, mapping) {
		return
	}
	keys := d.keys(to.Type())
	for _, e := range v.entries {
		if e.dropped {
			continue
		}
		if i, ok := keys.field[e.key]; ok {
			d.decode(e.value, to.Field(i))
			continue
		}
		hint := "known here: " + strings.Join(keys.known, ", ")
		if near := Nearest(e.key, keys.known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		d.errorAt(&value{pos: e.pos, span: e.span}, hint, "unknown key %q", e.key)
	}
	for _, key := range keys.required {
		if v.entry(key) == nil {
			d.errorAt(v, "", "key %q is missing", key)
		}
	}
}

// keys are those of a struct.
type keys struct {
	known    []string // in the order of the fields
	required []string
	field    map[string]int
}

// keys gives those of a type, which it looks up once.
func (d *decoder) keys(t reflect.Type) *keys {
	if k := d.known[t]; k != nil {
		return k
	}
	k := &keys{field: make(map[string]int, t.NumField())}
	d.known[t] = k
	for i := range t.NumField() {
		key, option, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if key == "" || key == "-" || !t.Field(i).IsExported() {
			continue
		}
		k.known = append(k.known, key)
		if option == "required" {
			k.required = append(k.required, key)
		}
		k.field[key] = i
	}
	return k
}

func (d *decoder) decodeMap(v *value, to reflect.Value) {
	if to.Type().Key().Kind() != reflect.String {
		d.errorAt(v, "", "strictyaml: cannot decode into %v", to.Type())
		return
	}
	if !d.want(v, mapping) {
		return
	}
	m := reflect.MakeMapWithSize(to.Type(), len(v.entries))
	for _, e := range v.entries {
		if e.dropped {
			continue
		}
		item := reflect.New(to.Type().Elem()).Elem()
		d.decode(e.value, item)
		m.SetMapIndex(reflect.ValueOf(e.key).Convert(to.Type().Key()), item)
	}
	to.Set(m)
}

// decodeList keeps an element that is wrong as its zero value, so that indexes
// agree with the source.
func (d *decoder) decodeList(v *value, to reflect.Value) {
	if !d.want(v, list) {
		return
	}
	s := reflect.MakeSlice(to.Type(), len(v.list), len(v.list))
	for i, item := range v.list {
		if item.kind == null {
			d.errorAt(item, "write one, or remove the entry", "a value is missing")
			continue
		}
		d.decode(item, s.Index(i))
	}
	to.Set(s)
}

func (d *decoder) decodeScalar(v *value, to reflect.Value) {
	if !d.want(v, scalar) {
		return
	}
	set, hint, err := parseScalar(v, to)
	switch {
	case err != nil && v.concealed:
		d.errorAt(v, hint, "this is not %s", err)
	case err != nil:
		d.errorAt(v, hint, "%q is not %s", v.text, err)
	default:
		set()
	}
}

var durationType = reflect.TypeFor[time.Duration]()

// parseScalar gives what sets the field. The error says what the text is not;
// it never holds the text itself, which may be secret.
func parseScalar(v *value, to reflect.Value) (set func(), hint string, err error) {
	switch kind := to.Kind(); {
	case to.Type() == durationType:
		n, err := ParseDuration(v.text)
		return func() { to.SetInt(int64(n)) }, durationHint, err
	case kind == reflect.String:
		return func() { to.SetString(v.text) }, "", nil
	case kind == reflect.Bool:
		b, err := parseBool(v)
		return func() { to.SetBool(b) }, "write true or false", err
	case to.CanInt(), to.CanUint(), to.CanFloat():
		return parseNumber(v, to)
	}
	return nil, "", fmt.Errorf("something that fits into %v", to.Type())
}

var errBool = errors.New("true or false")

func parseBool(v *value) (bool, error) {
	if v.style == plain {
		switch strings.ToLower(v.text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	return false, errBool
}
