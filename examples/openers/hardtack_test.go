package hardtack

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

type vector struct {
	Name, Mode, Purpose, Token, Payload, Expect string
	Keys                                        []string
	Now                                         int64
	ExpiredBy                                   string   `json:"expired_by"`
	OpenUntil                                   []*int64 `json:"open_until"`
	Settings                                    map[string]json.RawMessage
	Claims                                      *struct {
		Schema                   uint32
		SessionID                string `json:"session_id"`
		Created, Issued, Expires uint64
		Class                    string
		Bound                    bool
	}
}

func unhex(t *testing.T, text string) []byte {
	decoded, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func reason(err error) string {
	var refused *Refused
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return strings.TrimSpace(refused.Reason + " " + refused.By)
	}
	return err.Error()
}

func check(t *testing.T, it *vector) {
	var keys []Key
	for index, text := range it.Keys {
		var root [32]byte
		copy(root[:], unhex(t, text))
		key := NewKey(root)
		if it.OpenUntil != nil && it.OpenUntil[index] != nil {
			key.OpenUntil = time.Unix(*it.OpenUntil[index], 0)
		}
		keys = append(keys, key)
	}
	opener := NewOpener(keys, it.Purpose)
	opener.Signed = it.Mode == "signed"
	for name, value := range it.Settings {
		// null leaves no timeouts of a class that is off.
		setting := map[string]any{
			"leeway": &opener.Leeway, "limit": &opener.Limit, "standard": &opener.Standard, "remembered": &opener.Remembered,
		}[name]
		if err := json.Unmarshal(value, setting); err != nil {
			t.Fatal(it.Name, err)
		}
	}
	claims, payload, err := opener.Open(it.Token, time.Unix(it.Now, 0))
	if found, expected := reason(err), strings.TrimSpace(it.Expect+" "+it.ExpiredBy); found != expected {
		t.Errorf("%s: %s, not %s", it.Name, found, expected)
	} else if err == nil {
		expected := Claims{
			Remembered: it.Claims.Class == "remembered", Bound: it.Claims.Bound, Schema: it.Claims.Schema,
			Created: it.Claims.Created, Issued: it.Claims.Issued, Expires: it.Claims.Expires,
		}
		copy(expected.SessionID[:], unhex(t, it.Claims.SessionID))
		if *claims != expected || !bytes.Equal(payload, unhex(t, it.Payload)) {
			t.Errorf("%s: %v %x", it.Name, claims, payload)
		}
	}
}

// VECTORS is how many the Rust tests open.
func TestEveryVector(t *testing.T) {
	files, err := filepath.Glob("../../tests/vectors/v1/*.json")
	if err != nil {
		t.Fatal(err)
	}
	asked, notAsked := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors struct{ Cases []vector }
		if err := json.Unmarshal(text, &vectors); err != nil {
			t.Fatal(err)
		}
		// Tokens of forms (section 9), which no opener takes; sealing; what may be set up; several cookies, whose payloads are no JSON.
		if strings.Contains("csrf.json sealing.json setup.json several.json", filepath.Base(file)) {
			notAsked += len(vectors.Cases)
			continue
		}
		for index := range vectors.Cases {
			check(t, &vectors.Cases[index])
		}
		asked += len(vectors.Cases)
	}
	fmt.Printf("hardtack.go: %d vectors asked; %d of forms' tokens, of sealing, of setting up and of several cookies not asked\n", asked, notAsked)
	if strconv.Itoa(asked) != os.Getenv("VECTORS") {
		t.Errorf("%d vectors, not %s", asked, os.Getenv("VECTORS"))
	}
	if !t.Failed() {
		fmt.Printf("%d passed, 0 failed\n", asked)
	}
}

type user struct {
	ID   uint64 `json:"id"`
	Name string `json:"name"`
}

const now = 1_800_000_000

// seal is the Rust command HARDTACK.
func seal(t *testing.T, key, payload string, at int64, more ...string) string {
	command := exec.Command(os.Getenv("HARDTACK"), append([]string{"seal", "--ring-env", "KEYS", "--app", "shop", "--at", strconv.FormatInt(at, 10)}, more...)...)
	command.Env = []string{"KEYS=" + key}
	command.Stdin = strings.NewReader(payload)
	token, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(token))
}

func newKey(t *testing.T) string {
	text, err := exec.Command(os.Getenv("HARDTACK"), "key", "new").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func TestSessionsThatRustSealed(t *testing.T) {
	newer, older := newKey(t), newKey(t)
	keys, err := ReadKeys(newer + "\n" + older)
	if err != nil {
		t.Fatal(err)
	}
	opener := NewOpener(keys, "cookie:shop/__Host-shop")
	ada, bob := `{"id":18446744073709551615,"name":"Zoë 🦀"}`, `{"id":8,"name":"Bob"}`
	first, others := seal(t, older, ada, now), seal(t, newer, bob, now)
	signed := seal(t, newer, bob, now, "--signed", "--remembered")
	for _, row := range []struct {
		name, line, answer string
		id                 uint64
	}{
		{"no cookies", "", "ok", 0},
		{"no such cookie", "x__Host-shop=" + first + "; __host-shop=" + first + "; __Host-shop", "ok", 0},
		{"one, under an older key", "a=1; __Host-shop=" + first, "ok", 18446744073709551615},
		{"white space", "a=b;\t __Host-shop =\t" + others + " ;", "ok", 8},
		{"quotes are not stripped", `__Host-shop="` + first + `"`, "malformed", 0},
		{"the same twice", "__Host-shop=" + first + ";__Host-shop=" + first, "ok", 18446744073709551615},
		{"refused ones are passed over", "__Host-shop=;__Host-shop=" + others + ";__Host-shop=" + first + "A", "ok", 8},
		{"two sessions", "__Host-shop=" + first + ";__Host-shop=" + others, "ambiguous", 0},
		{"none opens", "__Host-shop=" + first[4:] + ";__Host-shop=", "wrong version", 0},
		{"another form", "__Host-shop=" + signed, "wrong version", 0},
		{"text", "__Host-shop=" + seal(t, newer, "{} x", now), "bad payload", 0},
		{"no Unicode", "__Host-shop=" + seal(t, newer, "\"\xff\"", now), "bad payload", 0},
		{"another number", "__Host-shop=" + seal(t, newer, bob, now, "--schema", "5"), "unknown shape", 0},
	} {
		var found user
		claims, err := opener.OpenCookie([]string{"a=1", row.line}, time.Unix(now+1, 0), &found)
		if reason(err) != row.answer || found.ID != row.id || (claims == nil) != (row.id == 0) {
			t.Errorf("%s: %v %v %v", row.name, claims, found, err)
		}
	}
	opener.Signed = true
	var found user
	claims, err := opener.OpenJSON(signed, time.Unix(now+1, 0), &found)
	if err != nil || found.Name != "Bob" || !claims.Remembered {
		t.Errorf("%v %v %v", claims, found, err)
	}
	opener.Remembered = nil
	if _, _, err := opener.Open(signed, time.Unix(now, 0)); reason(err) != "class off" {
		t.Errorf("a class that is off: %v", err)
	}
	var number int
	if claims, err := opener.OpenJSON(seal(t, newer, bob, now, "--signed"), time.Unix(now, 0), &number); err == nil || claims != nil {
		t.Errorf("JSON of another type: %v %v", claims, err)
	}
}

func TestTheLaterOfOneSession(t *testing.T) {
	// One session, sealed three times.
	root := [32]byte{1}
	opener := NewOpener([]Key{NewKey(root)}, "cookie:shop/__Host-shop")
	opener.Signed = true
	claims := func(issued uint64) []byte {
		token := append([]byte{2}, opener.Keys[0].id[:]...)
		token = append(token, byte(issued>>32), byte(issued>>24), byte(issued>>16))
		token = append(token, make([]byte, 4+16)...)
		token = append(token, 0, 0x6b, 0x49, 0xd2, 0, byte(issued>>8), byte(issued), 0, 0x6b, 0x49, 0xd9, 8)
		return append(token, fmt.Sprintf(`{"id":%d}`, issued)...)
	}
	var line string
	for _, issued := range []uint64{now + 1, now + 9, now} {
		token := claims(issued)
		token = append(token, mac(opener.Keys[0].derive("hardtack v1 sign\x00", []byte(opener.Purpose)), token)...)
		line += "__Host-shop=" + base64.RawURLEncoding.EncodeToString(token) + "; "
	}
	var found user
	if _, err := opener.OpenCookie([]string{line}, time.Unix(now+10, 0), &found); err != nil || found.ID != now+9 {
		t.Errorf("%v %v", found, err)
	}
}

func TestKeys(t *testing.T) {
	text := newKey(t)
	bad := []string{"", " ,\n", text[:52], text + "A", strings.Replace(text, "htk1_", "HTK1_", 1), text + " " + text, text[:52] + "\n"}
	flipped := []byte(text)
	flipped[5] ^= 1
	for _, words := range append(bad, string(flipped)) {
		if _, err := ReadKeys(words); err == nil || strings.Contains(err.Error(), text[5:20]) {
			t.Errorf("%q: %v", words, err)
		}
	}
	keys, err := ReadKeys(" " + text + ",\n" + newKey(t))
	if err != nil || len(keys) != 2 {
		t.Fatal(err)
	}
	keys[0].OpenUntil = time.Unix(now+60, 0)
	opener := NewOpener(keys, "cookie:shop/__Host-shop")
	token := seal(t, text, "x", now)
	for at, expected := range map[int64]string{now + 59: "ok", now + 60: "unknown key"} {
		if _, _, err := opener.Open(token, time.Unix(at, 0)); reason(err) != expected {
			t.Errorf("%d: %v", at, err)
		}
	}
}
