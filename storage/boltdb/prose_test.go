package boltdb

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"

	"github.com/feedwatch/feedwatch/storage"
)

const aSentence = "The company said on Tuesday that demand had grown faster than it could build. "

func sealText(s string) []byte {
	return seal(tableItem, []byte("key"), &itemRecord{storage.Item{Text: s}})
}

func TestTextsArePackedWhereThatSavesRoom(t *testing.T) {
	noise := make([]byte, 2000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, c := range map[string]struct {
		text   string
		packed bool
	}{
		"none":     {"", false},
		"short":    {aSentence[:leastPacked/2], false},
		"article":  {strings.Repeat(aSentence, 30), true},
		"noise":    {string(noise), false},
		"largest":  {strings.Repeat("ab", mostPacked/2), true},
		"too much": {strings.Repeat("ab", mostPacked/2) + "a", false},
	} {
		raw := sealText(c.text)
		if packed := len(raw) < len(c.text); packed != c.packed {
			t.Errorf("%s: %d bytes take %d", name, len(c.text), len(raw))
		}
		var r itemRecord
		if err := unseal(tableItem, []byte("key"), raw, &r); err != nil || r.Text != c.text {
			t.Errorf("%s came back as %d bytes, error %v", name, len(r.Text), err)
		}
	}
}

// A checksum says that the bytes are those that were written, not who wrote them.
func TestAPackedTextThatMakesNoSenseIsDamage(t *testing.T) {
	good := s2.Encode(nil, []byte(strings.Repeat(aSentence, 30)))
	for name, block := range map[string][]byte{
		"cut short":             good[:len(good)-1],
		"nothing":               {0xff},
		"far too long for it":   binary.AppendUvarint(nil, 1<<40),
		"a little longer than":  s2.Encode(nil, []byte(strings.Repeat("a", mostPacked+1))),
		"a length and no bytes": binary.AppendUvarint(nil, 100),
	} {
		c := coder{version: version, reading: true, rest: string(append(binary.AppendUvarint(nil, uint64(len(block))), block...))}
		var s string
		if prose(&c, &s); !c.short || s != "" {
			t.Errorf("%s: %d bytes were read", name, len(s))
		}
	}
}

func TestADamagedPackedTextIsNoticed(t *testing.T) {
	raw := sealText(strings.Repeat(aSentence, 30))
	for i := range raw {
		raw[i] ^= 0x10
		if err := unseal(tableItem, []byte("key"), raw, new(itemRecord)); !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("byte %d: error %v", i, err)
		}
		raw[i] ^= 0x10
	}
}
