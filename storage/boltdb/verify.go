package boltdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
)

// The layout of a bbolt file, version 2 (go.etcd.io/bbolt, internal/common):
// pages of one size, each with a header of id, flags, count and overflow; the
// first two are meta pages. All is in the byte order of the machine that wrote
// it.
const (
	pageHeader   = 16
	elementLen   = 16
	bucketHeader = 16
	metaLen      = 64

	branchPage = 0x01
	leafPage   = 0x02
	metaPage   = 0x04
	bucketLeaf = 0x01

	magic       = 0xED0CDAED
	fileVersion = 2

	maxDepth = 64 // a tree of branches with two children has 2^64 leaves at that
)

var order = binary.NativeEndian

// verifyFile reads every page of a database that is in use and checks that they
// form trees: that each lies in the file, is what its parent takes it for, is
// used once, and has its keys in order within it. bbolt trusts all of this; on a
// file where it doesn't hold it panics, in goroutines that can't be guarded, or
// goes round in circles. Reading by ReadAt can't fault, and using each page once
// makes it end. Values are checked when they are read, by their records.
func verifyFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	v := verifier{file: f}
	err = v.verify()
	if errors.Is(err, errLayout) {
		err = unusable(path, err.Error())
	}
	return errors.Join(err, f.Close())
}

var errLayout = errors.New("its pages are not right")

func layoutError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errLayout}, args...)...)
}

type verifier struct {
	file     *os.File
	pageSize uint64
	pages    uint64   // pages in use, from the file's start
	used     []bool   // page → was met already
	buffers  [][]byte // depth → the page being looked at there
}

// meta is what a meta page says.
type meta struct{ pageSize, root, pages, txid uint64 }

func (v *verifier) verify() error {
	info, err := v.file.Stat()
	if err != nil {
		return err
	}
	m, err := v.newestMeta(uint64(info.Size()))
	if err != nil {
		return err
	}
	v.pageSize, v.pages = m.pageSize, m.pages
	if m.pages > uint64(info.Size())/m.pageSize {
		return layoutError("it was cut off: %d bytes, where %d pages of %d are in use", info.Size(), m.pages, m.pageSize)
	}
	v.used = make([]bool, m.pages)
	return v.tree(m.root, 0)
}

// newestMeta gives the meta page that counts. bbolt would go on with one of the
// two, but if the newer is the damaged one, that loses a commit without a word.
func (v *verifier) newestMeta(size uint64) (meta, error) {
	m0, err := v.meta(0, 0, size)
	if err != nil {
		return meta{}, err
	}
	m1, err := v.meta(1, m0.pageSize, size)
	if err != nil {
		return meta{}, err
	}
	if m1.txid > m0.txid {
		return m1, nil
	}
	return m0, nil
}

func (v *verifier) meta(n int, at, size uint64) (meta, error) {
	b := make([]byte, pageHeader+metaLen)
	if at+uint64(len(b)) > size {
		return meta{}, layoutError("meta page %d is cut off", n)
	}
	if _, err := v.file.ReadAt(b, int64(at)); err != nil {
		return meta{}, err
	}
	flags, b := order.Uint16(b[8:]), b[pageHeader:]
	h := fnv.New64a()
	_, _ = h.Write(b[:metaLen-8]) // a hash never fails
	m := meta{pageSize: uint64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:])}
	switch {
	case order.Uint32(b) != magic || order.Uint32(b[4:]) != fileVersion || flags != metaPage:
		return meta{}, layoutError("meta page %d is not that of a bbolt file", n)
	case order.Uint64(b[metaLen-8:]) != h.Sum64() || m.pageSize < 1024:
		return meta{}, layoutError("meta page %d fails its checksum", n)
	}
	return m, nil
}

// tree checks the page with this number and all below it.
func (v *verifier) tree(id uint64, depth int) error {
	if depth > maxDepth {
		return layoutError("page %d lies too deep", id)
	}
	page, err := v.page(id, depth)
	if err != nil {
		return err
	}
	switch order.Uint16(page[8:]) {
	case branchPage:
		return v.branch(id, page, depth)
	case leafPage:
		return v.leaf(id, page, depth)
	}
	return layoutError("page %d is neither branch nor leaf", id)
}

// page reads a page with those it overflows into, and marks them as used. It
// stays as it is until the next page of that depth is read.
func (v *verifier) page(id uint64, depth int) ([]byte, error) {
	if id < 2 || id >= v.pages {
		return nil, layoutError("page %d is outside of the file", id)
	}
	header := make([]byte, pageHeader)
	if _, err := v.file.ReadAt(header, int64(id*v.pageSize)); err != nil {
		return nil, err
	}
	n := uint64(order.Uint32(header[12:])) + 1
	if order.Uint64(header) != id || n > v.pages-id {
		return nil, layoutError("page %d has a wrong header", id)
	}
	for i := id; i < id+n; i++ {
		if v.used[i] {
			return nil, layoutError("page %d is used twice", i)
		}
		v.used[i] = true
	}
	for len(v.buffers) <= depth {
		v.buffers = append(v.buffers, nil)
	}
	page := slices.Grow(v.buffers[depth][:0], int(n*v.pageSize))[:n*v.pageSize]
	v.buffers[depth] = page
	_, err := v.file.ReadAt(page, int64(id*v.pageSize))
	return page, err
}

func (v *verifier) branch(id uint64, page []byte, depth int) error {
	var before []byte
	count := int(order.Uint16(page[10:]))
	if count == 0 {
		return layoutError("branch page %d is empty", id)
	}
	for i := range count {
		at := pageHeader + i*elementLen
		if at+elementLen > len(page) {
			return layoutError("page %d has too many elements", id)
		}
		e := page[at:]
		key, _, ok := cut(page, at+int(order.Uint32(e)), order.Uint32(e[4:]), 0)
		if !ok || i > 0 && bytes.Compare(before, key) >= 0 {
			return layoutError("page %d: key %d is not in its place", id, i)
		}
		before = key
		if err := v.tree(order.Uint64(e[8:]), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) leaf(id uint64, page []byte, depth int) error {
	var before []byte
	for i := range int(order.Uint16(page[10:])) {
		at := pageHeader + i*elementLen
		if at+elementLen > len(page) {
			return layoutError("page %d has too many elements", id)
		}
		e := page[at:]
		key, value, ok := cut(page, at+int(order.Uint32(e[4:])), order.Uint32(e[8:]), order.Uint32(e[12:]))
		if !ok || i > 0 && bytes.Compare(before, key) >= 0 {
			return layoutError("page %d: key %d is not in its place", id, i)
		}
		before = key
		if order.Uint32(e)&bucketLeaf == 0 {
			continue
		}
		if err := v.bucket(id, value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// bucket checks the tree of a bucket, which for a small one is a page within the
// value.
func (v *verifier) bucket(id uint64, value []byte, depth int) error {
	if len(value) < bucketHeader {
		return layoutError("page %d: a bucket is cut off", id)
	}
	if root := order.Uint64(value); root != 0 {
		return v.tree(root, depth)
	}
	inline := value[bucketHeader:]
	if len(inline) < pageHeader || order.Uint16(inline[8:]) != leafPage {
		return layoutError("page %d: a bucket within it is not a leaf", id)
	}
	return v.leaf(id, inline, depth)
}

// cut takes a key and its value out of a page.
func cut(page []byte, at int, keyLen, valueLen uint32) (key, value []byte, ok bool) {
	end := uint64(at) + uint64(keyLen) + uint64(valueLen)
	if at < 0 || end > uint64(len(page)) {
		return nil, nil, false
	}
	return page[at:][:keyLen], page[at:][keyLen:][:valueLen], true
}
