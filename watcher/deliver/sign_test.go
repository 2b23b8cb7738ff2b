package deliver

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

const (
	oldKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newKey = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// verify checks a request's headers with the official library; the secret is
// in whsec_ form.
func verify(t *testing.T, secret string, header http.Header, body []byte) error {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return wh.Verify(body, header)
}

func TestSignatureVerifiesUnderEachKey(t *testing.T) {
	keys, err := signingKeys(Receiver{Secrets: []egress.Secret{oldKey, newKey}})
	if err != nil {
		t.Fatal(err)
	}
	now, body := time.Now(), []byte(`{"a":"ü"}`)
	h := http.Header{}
	h.Set("webhook-id", "fw_x")
	h.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("webhook-signature", signature(keys, "fw_x", now, body))
	for _, key := range []string{oldKey, newKey} {
		if err := verify(t, key, h, body); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if verify(t, oldKey, h, []byte("another")) == nil {
		t.Error("another body verifies")
	}
	if verify(t, "whsec_"+strings.Repeat("A", 32), h, body) == nil {
		t.Error("another key verifies")
	}
}

func TestSecretOutsideTheFormIsTheKeyItself(t *testing.T) {
	key, err := signingKey("a plain secret")
	if err != nil || string(key) != "a plain secret" {
		t.Errorf("got %q, %v", key, err)
	}
	for _, bad := range []egress.Secret{"whsec_", "whsec_%%%"} {
		if _, err := signingKey(bad); err == nil {
			t.Errorf("%q: no error", bad.Reveal())
		}
	}
}
