package deliver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/feedwatch/feedwatch/watcher/egress"
)

// signingKey decodes a Standard Webhooks secret: whsec_ and base64. A secret
// that is not in this form is the key itself.
func signingKey(secret egress.Secret) ([]byte, error) {
	encoded, ok := strings.CutPrefix(secret.Reveal(), "whsec_")
	if !ok {
		return []byte(secret.Reveal()), nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) == 0 {
		return nil, fmt.Errorf("a secret begins with whsec_ but is no base64 after it; copy it again")
	}
	return key, nil
}

// signature is the value of webhook-signature: an entry for each key, so that a
// receiver may go from one key to the next without a gap. What is signed
// includes the time of this attempt, so it is made anew for each.
func signature(keys [][]byte, id string, at time.Time, body []byte) string {
	var entries []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		entries = append(entries, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(entries, " ")
}
