// Cookies of gorilla/securecookie with JSON, by itself: go run gorilla.go >gorilla.json, with Debian's
// golang-github-gorilla-securecookie-dev.
package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/gorilla/securecookie"
)

type object = map[string]interface{}

const (
	hashKey  = "gorilla's hash key of 32 letters"
	blockKey = "gorilla block key, 32 bytes long"
	maxAge   = 86400 * 30
)

var zoe = object{"user_id": 7, "name": "Zoë"}

func value(hash, block, name string, data object) string {
	var blocks []byte
	if block != "" {
		blocks = []byte(block)
	}
	codec := securecookie.New([]byte(hash), blocks).SetSerializer(securecookie.JSONEncoder{})
	text, err := codec.Encode(name, data)
	if err != nil {
		panic(err)
	}
	return text
}

func main() {
	cookies := []object{}
	add := func(reader, block, other string) {
		// Encode stamps the present second.
		before := time.Now().Unix()
		good := value(hashKey, block, "session", zoe)
		made := time.Now().Unix()
		if made != before {
			panic("the second changed: run it again")
		}
		put := func(what, value, name string, now int64, gives interface{}) {
			cookies = append(cookies, object{"case": what + ", " + reader, "reader": reader, "name": name, "value": value,
				"now": now, "issued": made, "gives": gives})
		}
		put("a session", good, "session", made, zoe)
		put("at its last second", good, "session", made+maxAge, zoe)
		put("expired", good, "session", made+maxAge+1, "expired")
		put("before it was made", good, "session", made-3600, zoe) // the core says "not yet valid"
		put("another key", value("another", block, "session", zoe), "session", made, "not authentic")
		put("another cookie's name", good, "other", made, "not authentic")
		put("nobody's session", value(hashKey, block, "session", object{"cart": []int{1}}), "session", made, "unreadable")
		put("the other form", value(hashKey, other, "session", zoe), "session", made, "unreadable")
	}
	add("signed", "", blockKey)
	add("encrypted", blockKey, "")
	version, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", "golang-github-gorilla-securecookie-dev").Output()
	if err != nil {
		panic(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	err = out.Encode(object{"made_by": "gorilla/securecookie " + strings.TrimSpace(string(version)),
		"secrets": []string{hashKey, blockKey}, "cookies": cookies})
	if err != nil {
		panic(err)
	}
}
