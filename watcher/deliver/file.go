package deliver

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/feedwatch/feedwatch/storage"
)

// appendLine adds an alert, which ends a line, to the receiver's file and does not return before the
// disk has it. The file is opened each time, so that it can be moved away and
// begun anew at any moment.
func appendLine(_ context.Context, l *lane, d *storage.Delivery) answer {
	if err := appendDurably(l.receiver.Path, l.kind.format(l.options, &d.Alert)); err != nil {
		return answer{reason: notWritten, detail: l.redact(err)}
	}
	return answer{}
}

func appendDurably(path string, line []byte) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New(path + " is not a regular file; name another path")
	}
	torn, err := endsTorn(f, info.Size())
	if err != nil {
		return err
	}
	if torn {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if info.Size() == 0 { // The name of a new file is in its directory, which has to reach the disk too.
		return syncDir(filepath.Dir(path))
	}
	return nil
}

// endsTorn tells whether the file ends amid a line: a full disk or a power cut
// left it so. The next line must not be glued to it.
func endsTorn(f *os.File, size int64) (bool, error) {
	if size == 0 {
		return false, nil
	}
	var last [1]byte
	_, err := f.ReadAt(last[:], size-1)
	return last[0] != '\n', err
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
