package boltdb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/feedwatch/feedwatch/storage"
)

var when = time.Date(2026, 3, 9, 8, 7, 6, 5, time.UTC)

// whenFields is when on disk.
const whenFields = "aaed818aee0105"

// samples are one record of each kind, every field set, and its bytes on disk
// after version and checksum. They are what stores in the field hold: where one
// changes, so must the version byte, and the old bytes must still be read.
var samples = []struct {
	table  string
	record record
	fields string
}{
	{tableMeta, &counts{1, 300, 2}, "01ac0202"},
	{tableSeen, &seenRecord{"id", 739_684, 0x0102030405060708}, "026964e4922d0102030405060708"},
	{tableReceiver, &receiverRecord{when, 1, 2, 3, 4, "e", true}, "aaed818aee010501020304016501"},
	{tableDelivery, &deliveryRecord{"r", when, storage.Sending, when, sampleAttempts, "m"}, sampleDeliveryFields + "016d"},
	{tableFeed, &feedRecord{num: 7, listed: 8, Feed: sampleFeed(storage.Feed{
		Ailment: "a", AilsSince: when, Moved: "v", Bytes: 9, Took: 10,
	})}, "07" + sampleFeedFields + "0161" + whenFields + "0176090a"},
	{tableNote, &noteRecord{[]byte("n")}, "016e"},
	{tableItem, &itemRecord{revised}, sampleItemFields("00") + revisedFields("00")},
	{tableAlert, &alertRecord{fullAlert}, sampleAlertFields(sampleItemFields("00")+revisedFields("00")) + laterAlertFields("00")},
	{tableStory, &storyRecord{storage.Story{
		Revision: 1, Title: "t", First: when, Last: when, Tier: 2, Count: 3, Outlets: []storage.Outlet{sampleOutlet},
		Members: []storage.Member{{Item: "i", Outlet: "o", At: when, Why: "w"}},
		Hits:    []storage.Hit{{Match: sampleMatch, Item: "i", Tags: []string{"a"}}},
		Told:    []storage.Told{{Receiver: "r", Delivery: "d", Rules: []string{"u"}, Outlets: 4, Items: 5}},
		Pinned:  true, Was: []string{"w"},
	}}, "010174" + whenFields + whenFields + "0203" + "01" + outletFields + "010169016f" + whenFields + "0177" +
		"01" + matchFields + "0169010161" + "01017201640101750405" + "01" + "010177"},
	{tableWas, &wasRecord{"s"}, "0173"},
}

// The fields of an item and a revision, given what stands before a text that is not
// packed: nothing up to version 3.
func sampleItemFields(unpacked string) string {
	return "0169" + whenFields + "0166016e01020161016202656e016c0174" + unpacked + "01780177010163" + whenFields + whenFields + "017308626173656c696e65"
}

func revisedFields(unpacked string) string { return "01" + revisionFields(unpacked) }

func revisionFields(unpacked string) string { return whenFields + "0174" + unpacked + "0178" }

// laterAlertFields are those of an alert that came with version 3.
func laterAlertFields(unpacked string) string {
	return "0170" + "01" + outletFields + "04" + "01" + revisionFields(unpacked) +
		"01" + "0174016101690178" + "01" + outletFields +
		"01" + whenFields + whenFields + "017a" + "0101720173" + "01" + "01690174016c" + whenFields + "01" + outletFields + "03" +
		"01016e0173" + whenFields + "0102"
}

const (
	// packedItemFields are an item with a text that was packed.
	packedItemFields = "01690000000000000000001ea403504f70656e414920616e64204d6963726f736f667420111519008300000000000000000000"

	outletFields = "016e01" + whenFields + "01690174016c"
	matchFields  = "01720176036c6f7701016601020174"

	sampleDeliveryFields = "0172" + whenFields + "0773656e64696e67" + whenFields + "0201" + whenFields + whenFields + "057265747279f7030164" + whenFields +
		"ffffffffffffffffff01000000000000000000"
	sampleFeedFields = "080101" + whenFields + "01750165016d01680174" +
		whenFields + whenFields + whenFields + whenFields + whenFields + whenFields + "02030405017806" + whenFields + whenFields + "01"
)

var (
	sampleItem = storage.Item{
		ID: "i", Seen: when, Feed: "f", FeedName: "n", Tier: 1, Tags: []string{"a", "b"}, Language: "en", Link: "l", Title: "t",
		Text: "x", Author: "w", Categories: []string{"c"}, Published: when, Updated: when, Story: "s", Silent: "baseline",
	}
	revised   = withRevision(sampleItem)
	fullAlert = sampleAlert(storage.Alert{
		Item: revised, Parent: "p", Outlets: []storage.Outlet{sampleOutlet}, Count: 4, Before: &revised.Revisions[0],
		Notice: &storage.Memo{Topic: "t", About: "a", Title: "i", Text: "x", Items: []storage.Outlet{sampleOutlet}},
		Brief: &storage.Bulletin{
			Since: when, Until: when, Zone: "z", Healthy: 1, Items: 2,
			Rules: []storage.BulletinRule{{Rule: "r", Severity: "s", Stories: []storage.BulletinStory{
				{ID: "i", Title: "t", Link: "l", First: when, Outlets: []storage.Outlet{sampleOutlet}, Count: 3},
			}}},
			Feeds: []storage.BulletinFeed{{Name: "n", State: "s", Since: when}},
		},
	})
	sampleOutlet   = storage.Outlet{Name: "n", Tier: 1, At: when, Item: "i", Title: "t", Link: "l"}
	sampleMatch    = storage.Match{Rule: "r", Revision: "v", Severity: "low", Spans: []storage.Span{{Field: "f", Start: 1, End: 2, Text: "t"}}}
	sampleAttempts = []storage.Attempt{
		{N: 1, Started: when, Ended: when, Verdict: storage.Retry, Status: 503, Detail: "d", RetryAt: when}, {N: -1},
	}
)

func withRevision(i storage.Item) storage.Item {
	i.Revisions = []storage.Revision{{Until: when, Title: "t", Text: "x"}}
	return i
}

// sampleFeed fills in the fields that a feed had in version 2.
func sampleFeed(f storage.Feed) storage.Feed {
	f.Epoch, f.Watched, f.Next = 1, true, when
	f.Validators = storage.Validators{URL: "u", ETag: "e", LastModified: "m", BodyHash: "h"}
	f.Title, f.Baseline, f.LastPoll, f.LastGood, f.LastListed, f.LastNew, f.Newest = "t", when, when, when, when, when, when
	f.Entries, f.Items, f.Failures, f.Gone, f.LastError, f.Status, f.NotBefore, f.HostRest, f.Cut = 2, 3, 4, 5, "x", 6, when, when, true
	return f
}

// sampleAlert fills in the fields that an alert had in version 2, but for its item.
func sampleAlert(a storage.Alert) storage.Alert {
	a.ID, a.Once, a.Receiver, a.Kind, a.Severity, a.Story, a.Created = "i", "o", "r", storage.First, "high", "s", when
	a.Matches = []storage.Match{sampleMatch}
	a.Fetch = storage.Fetch{URL: "u", At: when, Status: 200}
	return a
}

func sampleAlertFields(item string) string {
	return "0169016f017205666972737404686967680173" + item + "01" + matchFields + whenFields + "0175" + whenFields + "c801"
}

// older are records as former versions wrote them.
var older = []struct {
	version byte
	table   string
	record  record
	fields  string
}{
	{1, tableReceiver, &receiverRecord{notBefore: when, pending: 1, sending: 2, delivered: 3, dead: 4}, whenFields + "01020304"},
	{2, tableSeen, &seenRecord{item: "id", day: 739_684}, "026964e4922d"},
	{2, tableReceiver, &receiverRecord{when, 1, 2, 3, 4, "e", true}, whenFields + "01020304016501"},
	{2, tableDelivery, &deliveryRecord{"r", when, storage.Sending, when, sampleAttempts, ""}, sampleDeliveryFields},
	{2, tableFeed, &feedRecord{num: 7, listed: 8, Feed: sampleFeed(storage.Feed{})}, "07" + whenFields + sampleFeedFields},
	{2, tableItem, &itemRecord{sampleItem}, sampleItemFields("")},
	{2, tableAlert, &alertRecord{sampleAlert(storage.Alert{Item: sampleItem})}, sampleAlertFields(sampleItemFields(""))},
	{3, tableItem, &itemRecord{revised}, sampleItemFields("") + revisedFields("")},
	{3, tableAlert, &alertRecord{fullAlert}, sampleAlertFields(sampleItemFields("")+revisedFields("")) + laterAlertFields("")},
	{4, tableItem, &itemRecord{storage.Item{ID: "i", Text: strings.Repeat("OpenAI and Microsoft ", 20)}}, packedItemFields},
}

func TestRecordsOnDiskStayAsTheyAre(t *testing.T) {
	for _, s := range samples {
		raw := seal(s.table, []byte("key"), s.record)
		if got := hex.EncodeToString(raw[headerLen:]); raw[0] != 4 || got != s.fields {
			t.Errorf("%s: version %d, fields\n%s, want\n%s", s.table, raw[0], got, s.fields)
		}
	}
}

func TestRecordsOfFormerVersionsAreStillRead(t *testing.T) {
	for _, s := range older {
		fields, err := hex.DecodeString(s.fields)
		if err != nil {
			t.Fatal(err)
		}
		raw := append([]byte{s.version, 0, 0, 0, 0}, fields...)
		binary.LittleEndian.PutUint32(raw[1:], checksum(s.table, []byte("key"), raw))
		got := fresh(s.record)
		if err := unseal(s.table, []byte("key"), raw, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.record, got, exporter); diff != "" {
			t.Errorf("version %d of %s (-want +got):\n%s", s.version, s.table, diff)
		}
	}
}

// A field that is forgotten in a method named code would be lost on disk.
func TestSamplesSetEveryField(t *testing.T) {
	for _, s := range samples {
		eachField(t, s.table, reflect.ValueOf(s.record).Elem())
	}
}

func eachField(t *testing.T, name string, v reflect.Value) {
	if v.IsZero() && !keptElsewhere(name) {
		t.Errorf("%s is not set", name)
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			eachField(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case v.Kind() == reflect.Slice && v.Len() > 0:
		eachField(t, name+"[0]", v.Index(0))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		eachField(t, name, v.Elem())
	}
}

// keptElsewhere says whether a field has its place in a key, or a record of its
// own.
func keptElsewhere(field string) bool {
	return slices.Contains([]string{"feed.Feed.URL", "feed.Feed.Rhythm", "feed.Feed.Entry", "story.Story.ID"}, field)
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
		last, story := cutTime(latestKey(at, id))
		return gotAt.Equal(at) && gotID == id && last.Equal(at) && story == id &&
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
	if got := printable(tableFeed, []byte(url)); !regexp.MustCompile(`^feed of a\.example \([0-9a-f]{8}\)$`).MatchString(got) {
		t.Error(got)
	}
	if got := printable(tableFeed, []byte("::")); !strings.HasPrefix(got, "feed of ? (") {
		t.Error(got)
	}
}
