// Package hardtack opens the tokens of the Rust crate hardtack: sessions that a server keeps in a cookie. By docs/format-v1.md, with the
// standard library alone (Go 1.19 or later). Copy this file.
//
//	keys, err := hardtack.ReadKeys(os.Getenv("SESSION_KEYS"))
//	opener := hardtack.NewOpener(keys, "cookie:shop/__Host-shop")
//	…
//	var user User
//	claims, err := opener.OpenCookie(request.Header["Cookie"], time.Now(), &user) // claims are nil where the request has no session
//
// The purpose is the application's name and the cookie's, as the server has them. OpenCookie and OpenJSON are for sessions that the
// server declares with `.codec(Codec::Json)`; Open gives the bytes of any token. What is refused is a *Refused error: its reason is for
// your log, never for the sender.
//
// What this file does not know: the server's revocation hook and denylist, its check of devices, and its protection from forged
// requests. So it suits programs that read who is logged in.
package hardtack

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	header   = 12
	nonce    = 12
	envelope = 32
)

// Refused says why a token was refused, in the words of section 5 of the page. By says which end an expired one has passed: "stamp",
// "idle" or "absolute".
type Refused struct {
	Reason, By string
}

func (refused *Refused) Error() string {
	if refused.By != "" {
		return refused.Reason + " (" + refused.By + ")"
	}
	return refused.Reason
}

func refuse(reason string) error {
	return &Refused{Reason: reason}
}

func expired(by string) error {
	return &Refused{Reason: "expired", By: by}
}

// Key is a root key. It opens tokens before OpenUntil; the zero time is for good.
type Key struct {
	OpenUntil time.Time
	id        [8]byte
	prk       []byte
}

// NewKey takes the 32 bytes of a root key.
func NewKey(root [32]byte) Key {
	key := Key{prk: mac([]byte("hardtack v1"), root[:])}
	copy(key.id[:], key.derive("hardtack v1 key id\x00"))
	return key
}

// ReadKeys reads keys as text, apart by white space or commas: what Rust's KeyRing::from_text reads. All of them open.
func ReadKeys(text string) ([]Key, error) {
	var keys []Key
	separator := func(r rune) bool { return strings.ContainsRune(" \t\n\f\r,", r) }
	for index, word := range strings.FieldsFunc(text, separator) {
		var decoded []byte
		if len(word) == 53 && strings.HasPrefix(word, "htk1_") {
			decoded = decode(word[5:])
		}
		if decoded == nil || !isSum(decoded[32:], decoded[:32]) {
			// The text itself is a secret: the message has its place alone.
			return nil, fmt.Errorf("key %d is not a key's text", index+1)
		}
		var root [32]byte
		copy(root[:], decoded)
		key := NewKey(root)
		for _, other := range keys {
			if other.id == key.id {
				return nil, fmt.Errorf("key %d is there twice", index+1)
			}
		}
		keys = append(keys, key)
	}
	if keys == nil {
		return nil, errors.New("no key")
	}
	return keys, nil
}

func isSum(found, root []byte) bool {
	sum := sha256.Sum256(append([]byte("hardtack v1 key text\x00"), root...))
	return bytes.Equal(sum[:4], found)
}

// derive is HKDF's Expand for at most 32 bytes, which is one block.
func (key *Key) derive(label string, info ...[]byte) []byte {
	return mac(key.prk, []byte(label), bytes.Join(info, nil), []byte{1})
}

func mac(key []byte, parts ...[]byte) []byte {
	hash := hmac.New(sha256.New, key)
	for _, part := range parts {
		hash.Write(part)
	}
	return hash.Sum(nil)
}

// Timeouts of a class, in seconds.
type Timeouts struct {
	Idle, Absolute uint64
}

// Opener opens tokens of one purpose. The settings are the server's; NewOpener sets the defaults.
type Opener struct {
	Keys    []Key
	Purpose string
	// Signed for the signed form instead of the encrypted one.
	Signed bool
	// Limit is the greatest length in characters.
	Limit int
	// Leeway for clocks that differ, in seconds.
	Leeway uint64
	// Standard is always on; nil switches Remembered off.
	Standard   Timeouts
	Remembered *Timeouts
	// Schema is the number of the JSON sessions that OpenJSON takes: 0, unless the server numbers by hand.
	Schema uint32
}

// NewOpener returns an opener of the encrypted form, with the defaults of section 5.
func NewOpener(keys []Key, purpose string) *Opener {
	const minute, day = 60, 86_400
	return &Opener{
		Keys: keys, Purpose: purpose, Limit: 4096, Leeway: minute,
		Standard:   Timeouts{Idle: 30 * minute, Absolute: 8 * 60 * minute},
		Remembered: &Timeouts{Idle: 14 * day, Absolute: 90 * day},
	}
}

// Claims are what a token says of its session. Times are in seconds since 1970.
type Claims struct {
	Remembered, Bound        bool
	Schema                   uint32
	SessionID                [16]byte
	Created, Issued, Expires uint64
}

// OpenCookie opens the JSON session in a request's Cookie lines, request.Header["Cookie"], into what data points to. The claims are nil,
// without an error, where the request has no cookie of the name.
func (opener *Opener) OpenCookie(lines []string, now time.Time, data any) (*Claims, error) {
	_, name, _ := strings.Cut(opener.Purpose, "/")
	var best *Claims
	var content []byte
	var refusal error
	for _, token := range cookies(lines, name) {
		claims, payload, err := opener.openSession(token, now)
		switch {
		case err != nil && refusal == nil:
			refusal = err
		case err != nil:
		case best != nil && best.SessionID != claims.SessionID:
			return nil, refuse("ambiguous")
		case best == nil || claims.Issued > best.Issued:
			best, content = claims, payload
		}
	}
	if best == nil {
		return nil, refusal
	}
	return into(data, best, content)
}

// OpenJSON opens a token that holds JSON, into what data points to. An error that is no *Refused is that of encoding/json: the JSON does
// not fit data.
func (opener *Opener) OpenJSON(token string, now time.Time, data any) (*Claims, error) {
	claims, payload, err := opener.openSession(token, now)
	if err != nil {
		return nil, err
	}
	return into(data, claims, payload)
}

func into(data any, claims *Claims, payload []byte) (*Claims, error) {
	if err := json.Unmarshal(payload, data); err != nil {
		return nil, err
	}
	return claims, nil
}

func (opener *Opener) openSession(token string, now time.Time) (*Claims, []byte, error) {
	claims, payload, err := opener.Open(token, now)
	switch {
	case err != nil:
		return nil, nil, err
	case claims.Schema != opener.Schema:
		return nil, nil, refuse("unknown shape")
	case !utf8.Valid(payload) || !json.Valid(payload):
		return nil, nil, refuse("bad payload")
	}
	return claims, payload, nil
}

// Open opens a token that holds bytes. The first check that fails names the reason: the numbers are those of section 5.
func (opener *Opener) Open(token string, now time.Time) (*Claims, []byte, error) {
	var at uint64
	if now.Unix() > 0 {
		at = uint64(now.Unix())
	}
	version, least := byte(1), header+nonce+envelope+1+16
	if opener.Signed {
		version, least = 2, header+envelope+32
	}
	if len(token) > opener.Limit {
		return nil, nil, refuse("too long") // 1
	}
	var start []byte
	if len(token) >= 16 {
		start = decode(token[:16])
	}
	if start == nil {
		return nil, nil, refuse("malformed") // 2
	}
	if start[0] != version {
		return nil, nil, refuse("wrong version") // 3
	}
	key := opener.find(start[1:9], now)
	if key == nil {
		return nil, nil, refuse("unknown key") // 4
	}
	epoch := number(start[9:])
	if epoch > (at+opener.Leeway)>>16 {
		return nil, nil, refuse("not yet valid") // 5
	}
	if epoch < minus(minus(at, opener.longestIdle()), opener.Leeway)>>16 {
		return nil, nil, expired("idle") // 6
	}
	all := decode(token)
	if len(all) < least {
		return nil, nil, refuse("malformed") // 7
	}
	open := opener.decrypt
	if opener.Signed {
		open = opener.verify
	}
	plain, err := open(key, all)
	if err != nil {
		return nil, nil, err // 8 and 9
	}
	claims, err := readClaims(plain, epoch)
	if err != nil {
		return nil, nil, err // 10
	}
	timeouts := &opener.Standard
	if claims.Remembered {
		timeouts = opener.Remembered
	}
	switch {
	case claims.Issued > at+opener.Leeway:
		return nil, nil, refuse("not yet valid") // 11
	case at >= claims.Expires:
		return nil, nil, expired("stamp") // 12
	case timeouts == nil:
		return nil, nil, refuse("class off") // 13
	case minus(at, claims.Issued) >= timeouts.Idle:
		return nil, nil, expired("idle") // 14
	case minus(at, claims.Created) >= timeouts.Absolute:
		return nil, nil, expired("absolute") // 15
	}
	return claims, plain[envelope:], nil
}

func (opener *Opener) find(id []byte, now time.Time) *Key {
	for index := range opener.Keys {
		key := &opener.Keys[index]
		if bytes.Equal(key.id[:], id) && (key.OpenUntil.IsZero() || now.Before(key.OpenUntil)) {
			return key
		}
	}
	return nil
}

func (opener *Opener) longestIdle() uint64 {
	if opener.Remembered != nil && opener.Remembered.Idle > opener.Standard.Idle {
		return opener.Remembered.Idle
	}
	return opener.Standard.Idle
}

func (opener *Opener) decrypt(key *Key, token []byte) ([]byte, error) {
	head, rest := token[:header], token[header:]
	block, err := aes.NewCipher(key.derive("hardtack v1 encrypt\x00", head[9:], []byte(opener.Purpose)))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, rest[:nonce], rest[nonce:], head)
	if err != nil {
		return nil, refuse("not authentic")
	}
	// The pad: zeros from the end, then one 0x80, and nothing of the envelope.
	plain = bytes.TrimRight(plain, "\x00")
	if len(plain) <= envelope || plain[len(plain)-1] != 0x80 {
		return nil, refuse("malformed")
	}
	return plain[:len(plain)-1], nil
}

func (opener *Opener) verify(key *Key, token []byte) ([]byte, error) {
	signed, tag := token[:len(token)-32], token[len(token)-32:]
	signKey := key.derive("hardtack v1 sign\x00", []byte(opener.Purpose))
	if !hmac.Equal(mac(signKey, signed), tag) {
		return nil, refuse("not authentic")
	}
	return signed[header:], nil
}

func readClaims(plain []byte, epoch uint64) (*Claims, error) {
	claims := &Claims{
		Remembered: plain[0]&1 != 0,
		Bound:      plain[0]&2 != 0,
		Schema:     uint32(number(plain[1:4])),
		Created:    number(plain[20:25]),
		Issued:     epoch<<16 | number(plain[25:27]),
		Expires:    number(plain[27:32]),
	}
	copy(claims.SessionID[:], plain[4:20])
	if plain[0] > 3 || claims.Created > claims.Issued || claims.Issued >= claims.Expires {
		return nil, refuse("malformed")
	}
	return claims, nil
}

// cookies are the values of all cookies of this name, in order. No quotes are stripped, no escapes read.
func cookies(lines []string, name string) []string {
	var values []string
	for _, line := range lines {
		for _, pair := range strings.Split(line, ";") {
			found, value, isPair := strings.Cut(pair, "=")
			if isPair && strings.Trim(found, " \t") == name {
				values = append(values, strings.Trim(value, " \t"))
			}
		}
	}
	return values
}

// decode reads base64url without padding, the one spelling of its bytes; nil for every other. Go's own decoder skips line breaks.
func decode(text string) []byte {
	if strings.ContainsAny(text, "\r\n") {
		return nil
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil
	}
	return decoded
}

// number reads a big-endian number of at most 8 bytes.
func number(digits []byte) uint64 {
	var wide [8]byte
	copy(wide[8-len(digits):], digits)
	return binary.BigEndian.Uint64(wide[:])
}

// minus stops at zero.
func minus(from, what uint64) uint64 {
	if what > from {
		return 0
	}
	return from - what
}
