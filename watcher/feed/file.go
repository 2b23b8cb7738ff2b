package feed

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// readFile answers a request for a file: address as a server would, so that
// limits, validators and hashes are those of every feed. Only regular files below
// the folders that Files names are read, whatever links point where. The ETag
// holds the time to the nanosecond: Last-Modified, with its seconds, would miss a
// file that is written twice in one.
func (f *Fetcher) readFile(req *http.Request) (*http.Response, error) {
	file, info, err := f.openFile(req.URL)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	h.Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	resp := &http.Response{StatusCode: http.StatusOK, Header: h, Body: file, ContentLength: info.Size(), Request: req}
	if req.Header.Get("If-None-Match") == h.Get("ETag") {
		_ = file.Close() // It was only read from.
		resp.StatusCode, resp.Body, resp.ContentLength = http.StatusNotModified, http.NoBody, 0
	}
	return resp, nil
}

func (f *Fetcher) openFile(u *url.URL) (io.ReadCloser, fs.FileInfo, error) {
	for _, folder := range f.Files {
		name, err := filepath.Rel(folder, filepath.FromSlash(u.Path))
		if err != nil || !filepath.IsLocal(name) {
			continue
		}
		return openIn(folder, name)
	}
	return nil, nil, fmt.Errorf("the file is in no folder that feeds may be read from")
}

// openIn opens a regular file. A pipe or a device is not opened at all, since
// that may wait for ever.
func openIn(folder, name string) (io.ReadCloser, fs.FileInfo, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("it is no regular file")
	}
	file, err := root.Open(name)
	return file, info, err
}

// Folder gives the folder of the file that a file: address stands for, for
// [Fetcher].Files, and "" where the address is no such one. An address that comes
// from elsewhere than the configuration must not be asked for it.
func Folder(address string) string {
	const scheme = "file:"
	if len(address) < len(scheme) || !strings.EqualFold(address[:len(scheme)], scheme) {
		return "" // Nearly always; parsing would cost more than all else here.
	}
	u, err := url.Parse(address)
	if err != nil || !localFile(u) || !strings.HasPrefix(u.Path, "/") || strings.HasSuffix(u.Path, "/") {
		return ""
	}
	return filepath.Dir(filepath.FromSlash(u.Path))
}

// localFile says whether an address is that of a file on this machine, which are
// those that name no host but this one (RFC 8089).
func localFile(u *url.URL) bool {
	return u.Scheme == "file" && (u.Host == "" || strings.EqualFold(u.Host, "localhost")) && u.Path != ""
}
