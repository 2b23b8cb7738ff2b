package egress

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands where a secret stood.
const redacted = "[redacted]"

// Secret is a value that must not be shown. Printing, logging and marshalling
// it give [redacted]; an empty one gives "", so that "not set" can be seen.
//
// Two holes are fmt's own: it prints the bare value for a secret in an
// unexported struct field, and for the verbs %p and %w, which go vet reports.
// Do not print structs that hold one.
type Secret string

// Reveal gives the value, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String is [redacted], or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// Format writes String whatever the verb, for %x and %d would not ask String.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is String, for [log/slog].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for JSON, YAML and XML encoders. A secret can't be
// written out and read back by accident.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
