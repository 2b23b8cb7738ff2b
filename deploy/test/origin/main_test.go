package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// call posts the example that the libraries of Standard Webhooks share and gives what
// was written down.
func call(t *testing.T, dir, signature string) post {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(`{"test": 2432232314}`))
	r.Header.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	r.Header.Set("webhook-timestamp", "1614265330")
	r.Header.Set("webhook-signature", signature)
	newOrigin(dir, key).ServeHTTP(httptest.NewRecorder(), r)
	line, err := os.ReadFile(filepath.Join(dir, "posts"))
	if err != nil {
		t.Fatal(err)
	}
	var p post
	if err := json.Unmarshal(line, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSignatureOfTheSharedExample(t *testing.T) {
	good := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if p := call(t, t.TempDir(), "v1,AAAA "+good); !p.Signed || p.Status != http.StatusNoContent {
		t.Errorf("the shared example gave %+v", p)
	}
	if p := call(t, t.TempDir(), "v1,AAAA"); p.Signed {
		t.Error("a wrong signature passed")
	}
}

func TestDownAnswers503(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "down"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if p := call(t, dir, ""); p.Status != http.StatusServiceUnavailable {
		t.Errorf("answered %d", p.Status)
	}
}
