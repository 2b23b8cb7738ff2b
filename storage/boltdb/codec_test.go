package boltdb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
)

var when = time.Date(2026, 3, 9, 8, 7, 6, 5, time.UTC)

// samples are one record of each kind, every field set, and its bytes on disk
// after version and checksum. They are what stores in the field hold: where one
// changes, so must the version byte, and the old bytes must still be read.
var samples = []struct {
	table  string
	record record
	fields string
}{
	{tableMeta, &counts{1, 300, 2}, "01ac0202"},
	{tableSeen, &seenRecord{item: "id", day: 739_684}, "026964e4922d"},
	{tableReceiver, &receiverRecord{when, 1, 2, 3, 4, "e", true}, "aaed818aee010501020304016501"},
	{tableDelivery, &deliveryRecord{"r", when, storage.Sending, when, []storage.Attempt{
		{N: 1, Started: when, Ended: when, Verdict: storage.Retry, Status: 503, Detail: "d", RetryAt: when}, {N: -1},
	}}, "0172aaed818aee01050773656e64696e67aaed818aee01050201aaed818aee0105aaed818aee0105057265747279f7030164aaed818aee0105ffffffffffffffffff01000000000000000000"},
	{tableFeed, &feedRecord{num: 7, lease: when, listed: 8, Feed: storage.Feed{
		Epoch: 1, Watched: true, Next: when, Validators: storage.Validators{URL: "u", ETag: "e", LastModified: "m", BodyHash: "h"},
		Title: "t", Baseline: when, LastPoll: when, LastGood: when, LastListed: when, LastNew: when, Newest: when,
		Entries: 2, Items: 3, Failures: 4, Gone: 5, LastError: "x", Status: 6, NotBefore: when, HostRest: when, Cut: true,
	}}, "07aaed818aee0105080101aaed818aee010501750165016d01680174" +
		"aaed818aee0105aaed818aee0105aaed818aee0105aaed818aee0105aaed818aee0105aaed818aee0105" + "02030405017806aaed818aee0105aaed818aee010501"},
	{tableItem, &itemRecord{sampleItem}, sampleItemFields},
	{tableAlert, &alertRecord{storage.Alert{
		ID: "i", Once: "o", Receiver: "r", Kind: storage.First, Severity: "high", Story: "s", Item: sampleItem, Created: when,
		Matches: []storage.Match{{Rule: "r", Revision: "v", Severity: "low", Spans: []storage.Span{{Field: "f", Start: 1, End: 2, Text: "t"}}}},
		Fetch:   storage.Fetch{URL: "u", At: when, Status: 200},
	}}, "0169016f017205666972737404686967680173" + sampleItemFields + "0101720176036c6f7701016601020174aaed818aee01050175aaed818aee0105c801"},
}

const sampleItemFields = "0169aaed818aee01050166016e01020161016202656e016c017401780177010163aaed818aee0105aaed818aee0105017308626173656c696e65"

var sampleItem = storage.Item{
	ID: "i", Seen: when, Feed: "f", FeedName: "n", Tier: 1, Tags: []string{"a", "b"}, Language: "en", Link: "l", Title: "t",
	Text: "x", Author: "w", Categories: []string{"c"}, Published: when, Updated: when, Story: "s", Silent: "baseline",
}

func TestRecordsOnDiskStayAsTheyAre(t *testing.T) {
	for _, s := range samples {
		raw := seal(s.table, []byte("key"), s.record)
		if got := hex.EncodeToString(raw[headerLen:]); raw[0] != 2 || got != s.fields {
			t.Errorf("%s: version %d, fields\n%s, want\n%s", s.table, raw[0], got, s.fields)
		}
	}
}

func TestAReceiverOfVersion1IsStillRead(t *testing.T) {
	fields, err := hex.DecodeString("aaed818aee010501020304")
	if err != nil {
		t.Fatal(err)
	}
	raw := append([]byte{1, 0, 0, 0, 0}, fields...)
	binary.LittleEndian.PutUint32(raw[1:], checksum(tableReceiver, []byte("key"), raw))
	var got receiverRecord
	if err := unseal(tableReceiver, []byte("key"), raw, &got); err != nil {
		t.Fatal(err)
	}
	if want := (receiverRecord{notBefore: when, pending: 1, sending: 2, delivered: 3, dead: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A field that is forgotten in a method named code would be lost on disk.
func TestSamplesSetEveryField(t *testing.T) {
	for _, s := range samples {
		eachField(t, s.table, reflect.ValueOf(s.record).Elem())
	}
}

func eachField(t *testing.T, name string, v reflect.Value) {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		if v.IsZero() && !strings.HasSuffix(name, ".URL") { // the feed's URL is its key
			t.Errorf("%s is not set", name)
		}
		if v.Kind() == reflect.Slice && v.Len() > 0 {
			eachField(t, name+"[0]", v.Index(0))
		}
		return
	}
	for i := range v.NumField() {
		eachField(t, name+"."+v.Type().Field(i).Name, v.Field(i))
	}
}

func TestRecordsReadBackAsTheyWere(t *testing.T) {
	for _, s := range samples {
		raw := seal(s.table, []byte("key"), s.record)
		got := fresh(s.record)
		if err := unseal(s.table, []byte("key"), raw, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.record, got, exporter); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.table, diff)
		}
	}
}

var exporter = cmp.Exporter(func(reflect.Type) bool { return true })

func fresh(r record) record { return reflect.New(reflect.TypeOf(r).Elem()).Interface().(record) }

func TestARecordThatIsChangedOrMovedIsNoticed(t *testing.T) {
	key := []byte("key")
	good := seal(tableItem, key, &itemRecord{sampleItem})
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		err := unseal(tableItem, key, bad, new(itemRecord))
		if !errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), `table item, "key"`) {
			t.Fatalf("byte %d: error %v", i, err)
		}
	}
	for n := range good {
		if err := unseal(tableItem, key, good[:n], new(itemRecord)); !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("%d bytes: error %v", n, err)
		}
	}
	if err := unseal(tableItem, []byte("kez"), good, new(itemRecord)); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("under another key: error %v", err)
	}
	if err := unseal(tableAlert, key, good, new(itemRecord)); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("in another table: error %v", err)
	}
}

func TestARecordOfALaterVersionIsNotGuessedAt(t *testing.T) {
	raw := seal(tableItem, []byte("key"), &itemRecord{sampleItem})
	raw[0] = version + 1
	binary.LittleEndian.PutUint32(raw[1:], checksum(tableItem, []byte("key"), raw))
	if err := unseal(tableItem, []byte("key"), raw, new(itemRecord)); !errors.Is(err, storage.ErrNewer) {
		t.Errorf("error %v", err)
	}
}

// FuzzUnseal checks that fields that pass their checksum and still make no sense
// end in an error, and that what is read can be written and read again.
func FuzzUnseal(f *testing.F) {
	for i, s := range samples {
		f.Add(i, seal(s.table, nil, s.record)[headerLen:])
	}
	f.Fuzz(func(t *testing.T, kind int, fields []byte) {
		s := samples[uint(kind)%uint(len(samples))]
		raw := append(make([]byte, headerLen), fields...)
		raw[0] = version
		binary.LittleEndian.PutUint32(raw[1:], checksum(s.table, nil, raw))
		first, second := fresh(s.record), fresh(s.record)
		if err := unseal(s.table, nil, raw, first); err != nil {
			return
		}
		if err := unseal(s.table, nil, seal(s.table, nil, first), second); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(first, second) {
			t.Errorf("read %+v, then %+v", first, second)
		}
	})
}

func TestKeysSortAsTheirTimesDo(t *testing.T) {
	times := []time.Time{
		{}, time.Unix(yearOne, 1), time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Unix(0, 0), time.Unix(0, 1),
		when, when.Add(1), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	keys := make([][]byte, len(times))
	for i, at := range times {
		keys[i] = appendTime(nil, at)
		if got, _ := cutTime(keys[i]); !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%v came back as %v", at, got)
		}
	}
	if !slices.IsSortedFunc(keys, bytes.Compare) {
		t.Errorf("keys %x", keys)
	}
	if before := appendTime(nil, time.Unix(yearOne-5, 7)); !bytes.Equal(before, keys[0]) {
		t.Errorf("before the year 1: %x", before)
	}
}

func TestKeysComeApartAsTheyWerePutTogether(t *testing.T) {
	err := quick.Check(func(receiver, other, id string, sec uint32) bool {
		at := time.Unix(int64(sec), 5).UTC()
		k := queueKey(receiver, at, id)
		gotAt, gotID := cutQueue(k)
		nextAt, url := cutTime(nextKey(at, id))
		return gotAt.Equal(at) && gotID == id && nextAt.Equal(at) && url == id &&
			(receiver == other || !bytes.HasPrefix(k, queuePrefix(other)))
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestADamagedKeyNamesNothing(t *testing.T) {
	k := queueKey("receiver", when, "id")
	for n := range len(k) - len("id") {
		if at, id := cutQueue(k[:n]); !at.IsZero() || id != "" {
			t.Errorf("%d bytes: %v, %q", n, at, id)
		}
	}
}

func TestErrorsNameRecordsWithoutSecrets(t *testing.T) {
	url := "https://user:pass@a.example/private/token?key=1"
	for table, key := range map[string][]byte{tableFeed: []byte(url), tableNext: nextKey(when, url)} {
		text := printable(table, key)
		if strings.Contains(text, hex.EncodeToString([]byte("pass"))) || strings.Contains(text, "pass") || strings.Contains(text, "token") || strings.Contains(text, "key=1") {
			t.Errorf("%s: %s", table, text)
		}
	}
	if got := printable(tableFeed, []byte(url)); !strings.HasPrefix(got, "feed of a.example (") {
		t.Error(got)
	}
	if got := printable(tableFeed, []byte("::")); !strings.HasPrefix(got, "feed of ? (") {
		t.Error(got)
	}
}
