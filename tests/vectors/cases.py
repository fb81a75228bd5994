"""The cases of tests/vectors/v1. What each must give is written here by hand; reference.py opens every one."""

import hashlib
from collections.abc import Callable, Iterator

import reference as ref

MODES = ("encrypted", "signed")
NOW = 1_800_000_000
NEXT_EPOCH = ((NOW >> 16) + 1) << 16                    # the first second of the epoch after NOW's
LAST = 2**40 - 1                                        # the greatest u40
SHOP = "cookie:shop/__Host-session"
IDLE, ABSOLUTE = ref.IDLE, ref.ABSOLUTE
LONGEST_IDLE, LEEWAY = max(IDLE.values()), ref.LEEWAY


def octets(label: str, length: int) -> bytes:
    """Fixed octets that look random."""
    return hashlib.shake_256(b"hardtack v1 vectors " + label.encode("ascii")).digest(length)


A, B, C = (hashlib.sha256(b"hardtack v1 vectors root " + name).digest() for name in (b"A", b"B", b"C"))
SESSION = octets("session", 16)
PAYLOAD = octets("payload", 24)                         # 97 octets encrypted, 100 signed: 2 characters over
WHOLE = octets("payload", 23)                           # 96 and 99 octets: a multiple of 4 characters
ODD = octets("payload", 25)                             # 98 and 101 octets: 3 characters over


def case(name: str, comment: str, expect: str = "ok", by: str | None = None, *, mode: str = "encrypted",
         sealed_mode: str | None = None, ring: tuple[bytes, ...] = (A,), root: bytes = A, purpose: str = SHOP,
         sealed_purpose: str | None = None, now: int = NOW, class_: str = "standard", schema: int = 7,
         session_id: bytes = SESSION, issued: int = NOW, created: int | None = None, expires: int | None = None,
         payload: bytes = PAYLOAD, block: int = 1, bound: bool = False, flags: int | None = None,
         body: Callable[[bytes], bytes] = lambda body: body, protect: Callable[..., bytes] = ref.protect,
         raw: Callable[[bytes], bytes] = lambda raw: raw, text: Callable[[str], str] = lambda text: text) -> dict:
    """One case, good unless spoilt.

    `body` changes what is then sealed authentically, `protect` seals in another way, `raw` changes the sealed octets
    and `text` the token. `sealed_mode` and `sealed_purpose` are the sealer's where they are not the opener's.
    """
    sealed_mode, sealed_purpose = sealed_mode or mode, sealed_purpose or purpose
    created = issued if created is None else created
    expires = min(issued + IDLE[class_], created + ABSOLUTE[class_]) if expires is None else expires
    claims = ref.Claims(schema, session_id, created, issued, expires, class_, bound)
    nonce = hashlib.sha256(name.encode("ascii")).digest()[:12] if sealed_mode == "encrypted" else None
    sealed = protect(root, sealed_purpose, ref.header(sealed_mode, root, issued),
                     body(ref.make_body(sealed_mode, claims, payload, block, flags)), nonce)
    made = {"name": name, "mode": mode, "keys": [key.hex() for key in ring], "purpose": purpose, "now": now,
            "token": text(ref.encode(raw(sealed))), "claims": claims.to_json(), "payload": payload.hex(),
            "nonce": nonce and nonce.hex(), "pad_block": block, "expect": expect}
    if root in ring[1:]:
        made["seal_key"] = ring.index(root)
    if flags is not None:
        made["flags"] = flags
    if by is not None:
        made["expired_by"] = by
    return made | {"comment": comment}


def garbage(name: str, comment: str, token: str, expect: str = "malformed", mode: str = "encrypted") -> dict:
    """A text that was never a token: nothing was sealed, so there are no claims, payload or nonce."""
    made = case(name, comment, expect, mode=mode, text=lambda _: token)
    return made | {"claims": None, "payload": None, "nonce": None}


def flip(at: int, mask: int = 1) -> Callable[[bytes], bytes]:
    """Change bits of the octet at an index."""
    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[at] ^= mask
        return bytes(changed)
    return change


def put(at: int, new: str, over: int = 1) -> Callable[[str], str]:
    """Write `new` over so many characters at an index; none to insert."""
    return lambda token: token[:at] + new + token[at + over:]


def set_epoch(epoch: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:9] + epoch.to_bytes(3, "big") + raw[12:]


def of(mode: str, prefix: str = "") -> Callable[..., dict]:
    """`case` for one mode, which begins the name."""
    return lambda name, *args, **more: case(f"{mode}-{prefix}{name}", *args, mode=mode, **more)


def worked_examples() -> tuple[dict, dict, dict]:
    """The tokens of section 7."""
    common = {"created": NOW - 3_600, "payload": b'{"user":42}'}
    return (case("worked-example-encrypted", "the encrypted token of section 7", block=16, **common),
            case("worked-example-signed", "the signed token of section 7", mode="signed", **common),
            csrf_case("worked-example-csrf", "the CSRF token of section 7"))


def good(mode: str) -> Iterator[dict]:
    """What both modes have in common: classes, rings, payloads, refreshed sessions."""
    make = of(mode)
    yield worked_examples()[MODES.index(mode)]
    for class_ in IDLE:
        yield make(class_, f"class {class_}, new", class_=class_)
        yield make(f"{class_}-refreshed", "created earlier, sealed again since", class_=class_,
                   created=NOW - 9_000, issued=NOW - 100)
        yield make(f"{class_}-token-use", "a token that is no cookie", class_=class_, purpose="token:shop/api")
        yield make(f"{class_}-sooner", "the application chose an end before idle and absolute",
                   class_=class_, expires=NOW + 5)
    for index, ring in enumerate(((A, B, C), (B, A, C), (B, C, A))):
        yield make(f"ring-{index}", f"a ring of three, the sealing key at index {index}", ring=ring)
    yield make("empty-payload", f"the shortest token, {ref.SHORTEST[mode]} octets", payload=b"")
    for length in (1, 2, 3, 300):
        yield make(f"payload-{length}", "payload length against the 3 octets of 4 characters",
                   payload=octets("payload", length))
    for name, payload in (("zeros", bytes(20)), ("0x80", b"\x80" * 20), ("0x80-00", b"\x80\0\0"),
                          ("0xff", b"\xff" * 9)):
        yield make(f"payload-of-{name}", "payload that looks like a pad, or like nothing", payload=payload)
    for name, session_id in (("zeros", bytes(16)), ("0xff", b"\xff" * 16)):
        yield make(f"session-id-of-{name}", "any 16 octets are a session id", session_id=session_id)


def encrypted() -> Iterator[dict]:
    """encrypted.json: good tokens, and everything the GCM tag must refuse."""
    yield from good("encrypted")
    for name, change in (("nonce-first-bit", flip(12, 0x80)), ("nonce-last-bit", flip(23)),
                         ("ciphertext-first-bit", flip(24, 0x80)), ("ciphertext-schema-bit", flip(27)),
                         ("ciphertext-payload-bit", flip(56)), ("ciphertext-last-bit", flip(-17)),
                         ("tag-first-bit", flip(-16, 0x80)), ("tag-last-bit", flip(-1)),
                         ("tag-zero", lambda raw: raw[:-16] + bytes(16)),
                         ("tag-before-ciphertext", lambda raw: raw[:24] + raw[-16:] + raw[24:-16])):
        yield case(f"encrypted-{name}", "changed after sealing", "not authentic", raw=change)

    def seal_with(key: Callable[[bytes, str, bytes], bytes], aad: Callable[[bytes], bytes] = bytes) -> Callable:
        return lambda root, purpose, head, body, nonce: (
            head + nonce + ref.gcm(key(root, purpose, head[9:12]), nonce, body, aad(head)))
    for name, comment, protect in (
            ("no-aad", "sealed without the header as AAD", seal_with(ref.encrypt_key, lambda head: b"")),
            ("aad-too-long", "sealed with header and 12 zeros as AAD",
             seal_with(ref.encrypt_key, lambda head: head + bytes(12))),
            ("epoch-key-next", "sealed with the key of the next epoch",
             seal_with(lambda r, p, e: ref.encrypt_key(r, p, (int.from_bytes(e, "big") + 1).to_bytes(3, "big")))),
            ("epoch-key-none", "the epoch is left out of the info",
             seal_with(lambda r, p, e: ref.encrypt_key(r, p, b""))),
            ("epoch-after-purpose", "the info has the epoch last",
             seal_with(lambda r, p, e: ref.expand(r, ref.info("encrypt", p) + e, 32))),
            ("sign-key", "sealed with the sign key", seal_with(lambda r, p, e: ref.sign_key(r, p))),
            ("root-as-key", "sealed with the root key itself", seal_with(lambda r, p, e: r)),
            ("prk-as-key", "sealed with the PRK itself", seal_with(lambda r, p, e: ref.extract(r)))):
        yield case(f"encrypted-{name}", comment, "not authentic", protect=protect)


def signed() -> Iterator[dict]:
    """signed.json: good tokens, and everything the HMAC tag must refuse."""
    yield from good("signed")
    for name, change in (("flags-bit", flip(12)), ("schema-bit", flip(15)), ("session-id-bit", flip(16, 0x80)),
                         ("created-bit", flip(36)), ("issued-low-bit", flip(38)), ("expires-bit", flip(43)),
                         ("payload-first-bit", flip(44, 0x80)), ("payload-last-bit", flip(-33)),
                         ("tag-first-bit", flip(-32, 0x80)), ("tag-last-bit", flip(-1)),
                         ("tag-zero", lambda raw: raw[:-32] + bytes(32)),
                         ("tag-half", lambda raw: raw[:-16])):
        yield case(f"signed-{name}", "changed after sealing", "not authentic", mode="signed", raw=change)

    def sign_with(key: Callable[[bytes, str], bytes],
                  over: Callable[[bytes, bytes], bytes] = bytes.__add__) -> Callable:
        return lambda root, purpose, head, body, nonce: (
            head + body + ref.hmac_sha256(key(root, purpose), over(head, body)))
    for name, comment, protect in (
            ("without-header", "the tag leaves the header out", sign_with(ref.sign_key, lambda head, body: body)),
            ("over-text", "the tag is over the characters, not the octets",
             sign_with(ref.sign_key, lambda head, body: ref.encode(head + body).encode("ascii"))),
            ("csrf-key", "signed with the csrf key", sign_with(lambda r, p: ref.expand(r, ref.info("csrf", p), 32))),
            ("encrypt-key", "signed with the encrypt key of the epoch",
             sign_with(lambda r, p: ref.encrypt_key(r, p, (NOW >> 16).to_bytes(3, "big")))),
            ("no-purpose", "the purpose is left out of the info", sign_with(lambda r, p: ref.sign_key(r, ""))),
            ("root-as-key", "signed with the root key itself", sign_with(lambda r, p: r)),
            ("prk-as-key", "signed with the PRK itself", sign_with(lambda r, p: ref.extract(r)))):
        yield case(f"signed-{name}", comment, "not authentic", mode="signed", protect=protect)


def pads() -> Iterator[dict]:
    """padding.json: blocks around their boundaries, and pads that are wrong but authentic."""
    for block, lengths in ((1, (0, 1, 2, 16)), (16, (0, 1, 14, 15, 16, 17, 30, 31, 32)),
                           (64, (0, 1, 30, 31, 32, 33, 94, 95, 96, 97))):
        for length in lengths:
            pad = len(ref.padding(32 + length, block))
            yield case(f"pad-{block}-payload-{length}", f"a pad of {pad} octets", payload=octets("payload", length),
                       block=block)
        for name, payload in (("80", b"\x80"), ("80-00", b"\x80\0"), ("80-80", b"\x80\x80"), ("00", b"\0")):
            yield case(f"pad-{block}-payload-ends-{name}", "of what looks like pads only the last is one",
                       block=block, payload=b"end" + payload)
    yield case("pad-256", "many zeros", block=256)
    yield case("pad-100", "a block that is no power of two", block=100)

    def bad(name: str, comment: str, body: Callable[[bytes], bytes], **more) -> dict:
        return case(f"pad-bad-{name}", comment, "malformed", body=body, **more)
    text = {"payload": b"text"}
    yield bad("none", "no pad after the payload", lambda body: body[:-1], **text)
    yield bad("none-zeros", "zeros after the payload, no 0x80", lambda body: body[:-1] + bytes(12), **text)
    yield bad("0x81", "the last octet that is not zero is 0x81", lambda body: body[:-1] + b"\x81", **text)
    yield bad("0x81-zeros", "0x81, then zeros", lambda body: body[:-1] + b"\x81" + bytes(11), **text)
    yield bad("0x01", "the bit at the wrong end", lambda body: body[:-1] + b"\x01", **text)
    yield bad("0x00-0x40", "0x40 is not 0x80", lambda body: body[:-1] + b"\x40\0", **text)
    yield bad("after-0x80", "0x80, zeros, then an octet that is neither", 
              lambda body: body + bytes(3) + b"\x01", **text)
    yield bad("0xff", "ones, not zeros, after 0x80", lambda body: body + b"\xff" * 3, **text)
    yield bad("pkcs7", "another scheme's pad", lambda body: body[:-1] + b"\x0c" * 12, **text)
    empty = {"payload": b""}
    yield bad("all-zero", "33 octets of zero", lambda body: bytes(33), **empty)
    yield bad("all-zero-long", "96 octets of zero", lambda body: bytes(96), **empty)
    yield bad("zeros-beyond-envelope", "only zeros after the envelope", lambda body: body[:32] + bytes(32), **empty)
    yield bad("one-zero-beyond-envelope", "33 octets, the last one zero", lambda body: body[:32] + b"\0", **empty)
    ends_80 = {"payload": b"", "expires": 0xFFFFFFFF80}
    yield bad("into-envelope", "33 octets: an envelope that ends in 0x80, and a zero", lambda body: body[:32] + b"\0",
              **ends_80)
    yield bad("into-envelope-far", "an envelope that ends in 0x80, and 31 zeros", lambda body: body[:32] + bytes(31),
              **ends_80)
    yield bad("no-room", "32 octets, an envelope that ends in 0x80, no pad: refused for its length (row 7)",
              lambda body: body[:32], **ends_80)
    yield bad("no-plaintext", "no plaintext at all (row 7)", lambda body: b"", **empty)
    yield case("pad-envelope-ends-80", "an envelope that ends in 0x80, rightly padded", **ends_80)


def times() -> Iterator[dict]:
    """times.json: rows 5, 6, 11, 12, 14 and 15, each one second before, at and after."""
    spoil = {"raw": flip(-1)}                           # tells the rows before the tag (5, 6) from those after it
    for mode in MODES:
        make = of(mode)
        ahead = {"issued": NEXT_EPOCH}
        for late, expect in ((-1, "not yet valid"), (0, "ok"), (1, "ok")):
            yield make(f"epoch-ahead-{late + 1}", f"first second of an epoch; it starts at now + leeway {-late:+}",
                       expect, now=NEXT_EPOCH - LEEWAY + late, **ahead)
        yield make("epoch-ahead-spoilt", "row 5 is before the tag", "not yet valid", **ahead, **spoil,
                   now=NEXT_EPOCH - LEEWAY - 1)
        yield make("epoch-reached-spoilt", "row 5 has passed, the tag is next", "not authentic", **ahead, **spoil,
                   now=NEXT_EPOCH - LEEWAY)
        yield make("epoch-reached-issued-ahead", "row 5 has passed, row 11 refuses", "not yet valid",
                   issued=NEXT_EPOCH + 1, now=NEXT_EPOCH - LEEWAY)
        yield make("epoch-last-second", "issued_low is 0xFFFF", issued=NEXT_EPOCH - 1, now=NEXT_EPOCH - 1)
        for ahead_by, expect in ((LEEWAY - 1, "ok"), (LEEWAY, "ok"), (LEEWAY + 1, "not yet valid")):
            yield make(f"issued-ahead-{ahead_by}", f"issued {ahead_by} s after now, in the same epoch", expect,
                       issued=NOW + ahead_by)
        for class_, idle in IDLE.items():
            absolute = ABSOLUTE[class_]
            for name, end, times_ in (
                    ("stamp", NOW + 600, {"expires": NOW + 600}),
                    ("idle", NOW + idle, {"expires": NOW + idle + 1_000}),
                    ("absolute", NOW + absolute, {"issued": NOW + absolute - 100, "created": NOW,
                                                  "expires": NOW + absolute + 1_000})):
                for late in (-1, 0, 1):
                    result = ("ok", None) if late < 0 else ("expired", name)
                    yield make(f"{class_}-{name}-{late + 1}", f"now is the end by {name} {late:+}", *result,
                               class_=class_, now=end + late, **times_)
            yield make(f"{class_}-shortest-life", "expires one second after issued, seen in that second",
                       class_=class_, expires=NOW + 1)
            yield make(f"{class_}-created-long-ago", "absolute over already when it was issued", "expired",
                       "absolute", class_=class_, created=NOW - absolute - 5, expires=NOW + 900)
        horizon = NEXT_EPOCH + LONGEST_IDLE + LEEWAY    # from this second on the epoch of NOW is behind
        old = {"issued": NEXT_EPOCH - 1, "class_": "remembered", "expires": NEXT_EPOCH + 10}
        for late, by, spoilt in ((-1, "stamp", "not authentic"), (0, "idle", "expired"), (1, "idle", "expired")):
            yield make(f"epoch-behind-{late + 1}", "row 6 is the idle end; before it the stamp decides (row 12)",
                       "expired", by, now=horizon + late, **old)
            yield make(f"epoch-behind-{late + 1}-spoilt", "row 6 is before the tag", spoilt,
                       by if spoilt == "expired" else None, now=horizon + late, **old, **spoil)
        yield make("epoch-behind-standard", "the horizon is that of the longest idle, whatever the class", "expired",
                   "stamp", now=horizon - 1)
        yield make("epoch-behind-future-stamp", "behind the horizon, though its stamp is not over", "expired", "idle",
                   now=horizon, expires=LAST)

        for now, issued, expect in ((0, 0, "ok"), (0, LEEWAY, "ok"), (0, LEEWAY + 1, "not yet valid"), (1, 0, "ok"),
                                    (LEEWAY, 0, "ok"), (1_799, 0, "ok")):
            yield make(f"near-zero-{now}-{issued}", "subtraction stops at zero", expect, now=now, issued=issued)
        yield make("near-zero-idle", "expired at once by stamp and idle", "expired", "stamp", now=1_800, issued=0)
        yield make("near-zero-horizon", "now is less than the longest idle", now=LONGEST_IDLE - 1, issued=0,
                   class_="remembered")
        yield make("near-zero-horizon-leeway", "now is less than the longest idle and the leeway together",
                   now=LONGEST_IDLE + 30, issued=100, class_="remembered")


def header() -> Iterator[dict]:
    """header.json: each header field changed, each mode given to the other, keys the ring lacks."""
    for mode, other in (MODES, MODES[::-1]):
        make = of(mode)
        for version in (0, 3, ref.VERSION[other], 0x80 | ref.VERSION[mode], 255):
            yield make(f"version-{version}", "the version octet is not the opener's", "wrong version",
                       raw=lambda raw: bytes([version]) + raw[1:])
        yield make(f"opener-given-{other}", f"a good token, but {other}", "wrong version", sealed_mode=other)
        yield make(f"opener-given-{other}-relabelled", f"sealed as {other}, authentic with this mode's version octet",
                   "not authentic", sealed_mode=other,
                   protect=lambda root, purpose, head, *rest: ref.protect(
                       root, purpose, bytes([ref.VERSION[mode]]) + head[1:], *rest))
        for at in range(1, 9):
            yield make(f"key-id-bit-{at}", "one bit of the key id", "unknown key", raw=flip(at, 1 << at - 1))
        yield make("key-id-of-another", "the key id of the ring's other key", "not authentic", ring=(A, B),
                   raw=lambda raw: raw[:1] + ref.key_id(B) + raw[9:])
        yield make("key-missing", "the ring is another key", "unknown key", ring=(B,))
        yield make("keys-missing", "the ring is two other keys", "unknown key", ring=(B, C))
        yield make("epoch-less-one", "still within the window, so the tag decides", "not authentic",
                   raw=set_epoch((NOW >> 16) - 1))
        yield make("epoch-plus-one", "the next epoch is just within the leeway, so the tag decides",
                   "not authentic", now=NEXT_EPOCH - 10, issued=NEXT_EPOCH - 100, raw=set_epoch((NOW >> 16) + 1))
        yield make("epoch-plus-one-early", "the next epoch is not within the leeway", "not yet valid",
                   raw=set_epoch((NOW >> 16) + 1))
        yield make("epoch-zero", "set to 0", "expired", "idle", raw=set_epoch(0))
        yield make("epoch-greatest", "set to 0xFFFFFF", "not yet valid", raw=set_epoch(0xFFFFFF))


def spelling() -> Iterator[dict]:
    """spelling.json: one sequence of octets has exactly one token."""
    wrong = {"equals": "=", "space": " ", "tab": "\t", "newline": "\n", "nul": "\0", "plus": "+", "slash": "/",
             "dot": ".", "tilde": "~", "percent": "%", "e-acute": "\u00e9", "fullwidth-a": "\uff21", "del": "\x7f"}
    for mode in MODES:
        make = of(mode)
        for name, char in wrong.items():
            yield make(f"{name}-in-header", "written over character 5", "malformed", text=put(5, char))
            yield make(f"{name}-in-rest", "written over character 60", "malformed", text=put(60, char))
        for name, change in {
                "one-equals": (PAYLOAD, lambda text: text + "="), "padded-two": (PAYLOAD, lambda text: text + "=="),
                "padded-one": (ODD, lambda text: text + "="),
                "padded-needlessly": (WHOLE, lambda text: text + "===="),
                "space-before": (WHOLE, lambda text: " " + text), "space-after": (WHOLE, lambda text: text + " "),
                "newline-before": (WHOLE, lambda text: "\n" + text),
                "newline-after": (WHOLE, lambda text: text + "\n"),
                "crlf-after": (WHOLE, lambda text: text + "\r\n"), "tab-after": (WHOLE, lambda text: text + "\t"),
                "nul-after": (WHOLE, lambda text: text + "\0"), "bom-before": (WHOLE, lambda text: "\ufeff" + text),
                "newline-inserted": (WHOLE, put(64, "\n", 0)), "newline-inserted-in-header": (WHOLE, put(4, "\n", 0)),
                "crlf-inserted-at-76": (WHOLE, put(76, "\r\n", 0)), "quoted": (WHOLE, lambda text: f'"{text}"'),
                "percent-encoded": (WHOLE, put(60, "%41")), "percent-encoded-in-header": (WHOLE, put(1, "%41")),
                "equals-after-header": (WHOLE, put(16, "====", 0)),
                "across-16": (WHOLE, put(15, "\u00e9")), "one-mod-four": (WHOLE, lambda text: text + "A"),
                "one-mod-four-short": (PAYLOAD, lambda text: text[:-1])}.items():
            yield make(f"{name}", "the whole token spelt otherwise", "malformed", payload=change[0],
                       text=change[1])
        for payload, over, bits in ((PAYLOAD, 2, (1, 2, 4, 8, 15)), (ODD, 3, (1, 2, 3))):
            for bit in bits:
                yield make(f"unused-bits-{over}-{bit}", f"unused bits {bit} set, {over} characters over", "malformed",
                           payload=payload, text=lambda text: text[:-1] + LETTERS[LETTERS.index(text[-1]) | bit])
        yield make("other-letter-case", "the first letter after character 60 in the other case", "not authentic",
                   text=lambda text: text[:60] + swap_first_letter(text[60:]))
    for name, root, ring in (("header", *[dashed_root()] * 2), ("rest", A, A)):
        yield case(f"standard-alphabet-{name}", "base64 with + and / for - and _, all through", "malformed",
                   root=root, ring=(ring,), payload=octets("payload", 300), text=lambda text: standard_alphabet(text))


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def standard_alphabet(text: str) -> str:
    assert "-" in text and "_" in text
    return text.replace("-", "+").replace("_", "/")


def swap_first_letter(text: str) -> str:
    at = next(at for at, char in enumerate(text) if char.isalpha())
    return text[:at] + text[at].swapcase() + text[at + 1:]


def dashed_root() -> bytes:
    """A root key whose header has a character that only base64url has."""
    roots = (octets(f"root {number}", 32) for number in range(1000))
    return next(root for root in roots if set("-_") & set(ref.encode(ref.header("encrypted", root, NOW))))


def truncation() -> Iterator[dict]:
    """truncation.json: tokens cut short, and tokens with something after them."""
    for mode in MODES:
        make = of(mode)
        for length in (0, 1, 4, 12, 15, 16, 17, 18, 20):
            yield make(f"cut-to-{length}", "characters left", "malformed", text=lambda text: text[:length])
        shortest = ref.SHORTEST[mode]
        yield make("one-octet-short", f"{shortest - 1} octets", "malformed", payload=b"",
                   raw=lambda raw: raw[:-1])
        yield make("cut-to-shortest", f"{shortest} octets of a longer token", "not authentic",
                   raw=lambda raw: raw[:shortest])
        yield make("cut-below-shortest", f"{shortest - 1} octets of a longer token", "malformed",
                   raw=lambda raw: raw[:shortest - 1])
        for less in (1, 2, 3, 4, 16):
            yield make(f"less-octets-{less}", f"without its last {less} octets, strictly spelt", "not authentic",
                       payload=WHOLE, raw=lambda raw: raw[:-less])
            cut = lambda text: text[:-less]             # noqa: E731
            strict = ref.decode(cut(make(f"less-characters-{less}", "", payload=WHOLE)["token"])) is not None
            yield make(f"less-characters-{less}", "without its last characters" + ("" if strict else ", not strict"),
                       "not authentic" if strict else "malformed", payload=WHOLE, text=cut)
        for name, more in (("0x00", b"\0"), ("0x80", b"\x80"), ("0x80-00", b"\x80\0"), ("16-zeros", bytes(16))):
            yield make(f"more-octets-{name}", "octets after the tag", "not authentic",
                       raw=lambda raw: raw + more)
        for more in ("AA", "AAA", "AAAA"):
            yield make(f"more-characters-{len(more)}", "after a multiple of 4; one alone is in spelling.json",
                       "not authentic", payload=WHOLE, text=lambda text: text + more)
        yield make("twice", "the token, then the token", "not authentic", payload=WHOLE,
                   text=lambda text: text * 2)


def envelopes() -> Iterator[dict]:
    """envelope.json: envelopes that are malformed, but authentic."""
    for mode in MODES:
        make = of(mode)
        for flags in (0x04, 0x05, 0x06, 0x07, 0x08, 0x10, 0x20, 0x40, 0x80, 0x81, 0x82, 0xFC, 0xFE, 0xFF):
            yield make(f"flags-{flags:02x}", "a flag bit other than 0 and 1", "malformed", flags=flags,
                       class_=ref.CLASSES[flags & 1], bound=bool(flags & ref.BOUND))
        for name, times_ in {
                "created-after-issued": {"created": NOW + 1, "expires": NOW + 1_800},
                "created-greatest": {"created": LAST, "expires": NOW + 1_800},
                "created-after-expires": {"created": NOW + 700, "expires": NOW + 600},
                "expires-at-issued": {"expires": NOW},
                "expires-before-issued": {"created": NOW - 100, "expires": NOW - 1},
                "expires-at-created": {"created": NOW - 100, "expires": NOW - 100},
                "expires-zero": {"expires": 0}}.items():
            yield make(f"{name}", "not created ≤ issued < expires", "malformed", **times_)
        yield make("nothing-between", "created = issued, expires one second later", expires=NOW + 1)
        yield make("created-zero", "created in 1970", "expired", "absolute", created=0, expires=NOW + 9)


def bound() -> Iterator[dict]:
    """bound.json: sessions bound to a device, which any opener opens by the rules of their class."""
    for mode in MODES:
        make = of(mode, "bound-")
        for class_ in IDLE:
            tied = {"class_": class_, "bound": True}
            yield make(class_, f"class {class_}, new", **tied)
            yield make(f"{class_}-refreshed", "created earlier, sealed again since", **tied, created=NOW - 9_000,
                       issued=NOW - 100)
            yield make(f"{class_}-renewed", "the same session under another id", **tied, created=NOW - 9_000,
                       session_id=octets("renewed session", 16))
            yield make(f"{class_}-sooner", "the application chose an end before idle and absolute", **tied,
                       expires=NOW + 5)
            yield make(f"{class_}-ring", "a ring of three, sealed with its last key", **tied, ring=(B, C, A))
            for name, end, times_ in (
                    ("stamp", NOW + 600, {"expires": NOW + 600}),
                    ("idle", NOW + IDLE[class_], {"expires": NOW + IDLE[class_] + 1_000}),
                    ("absolute", NOW + ABSOLUTE[class_],
                     {"issued": NOW + ABSOLUTE[class_] - 100, "created": NOW, "expires": NOW + ABSOLUTE[class_] + 1_000})):
                for late, result in ((-1, ("ok", None)), (0, ("expired", name))):
                    yield make(f"{class_}-{name}-{late + 1}", f"now is the end by {name} {late:+}", *result, **tied,
                               now=end + late, **times_)
        yield make("empty-payload", "the shortest bound token", payload=b"", bound=True)
        yield make("token-use", "a token that is no cookie", bound=True, purpose="token:shop/api")
        yield make("schema-greatest", "all bits of the schema beside the flag", bound=True, schema=0xFFFFFF)
        yield make("expires-at-issued", "not created ≤ issued < expires", "malformed", bound=True, expires=NOW)
        yield make("issued-ahead", "issued 61 s after now", "not yet valid", bound=True, issued=NOW + LEEWAY + 1)
        flag = 24 if mode == "encrypted" else 12        # where the flags are, or their ciphertext
        yield make("untied", "the flag cleared after sealing", "not authentic", bound=True, raw=flip(flag, ref.BOUND))
        yield make("tied", "the flag set after sealing", "not authentic", raw=flip(flag, ref.BOUND))
    for class_ in IDLE:
        for block, length in ((16, 15), (16, 16), (64, 24), (1024, 300)):
            yield case(f"encrypted-bound-{class_}-pad-{block}-payload-{length}", "padded", class_=class_, bound=True,
                       block=block, payload=octets("payload", length))


def purposes() -> Iterator[dict]:
    """purposes.json: a token opens for its own purpose alone."""
    for mode in MODES:
        make = of(mode)
        for index, purpose in enumerate((
                "cookie:a/b", "cookie:shop/session", "token:shop/api", "token:shop/password-reset",
                "cookie:shop.v2/id", "cookie:Shop_1.2-x/__Secure-sid", "cookie:shop/!#$%&'*+-.^_`|~09AZaz",
                "cookie:" + "a" * 64 + "/" + "n" * 100,
                "token:" + "0" * 64 + "/" + "-" * 64)):
            yield make(f"purpose-{index}", "a purpose of its own", purpose=purpose)
        for name, sealed, opened in (
                ("app", SHOP, "cookie:blog/__Host-session"), ("cookie-name", SHOP, "cookie:shop/__Host-cart"),
                ("prefix", SHOP, "cookie:shop/session"), ("other-prefix", SHOP, "cookie:shop/__Secure-session"),
                ("app-case", SHOP, "cookie:Shop/__Host-session"), ("name-case", SHOP, "cookie:shop/__Host-Session"),
                ("prefix-case", SHOP, "cookie:shop/__host-session"), ("shorter", SHOP, "cookie:shop/__Host-sessio"),
                ("longer", SHOP, "cookie:shop/__Host-session1"),
                ("token-as-cookie", "token:shop/api", "cookie:shop/api"),
                ("cookie-as-token", "cookie:shop/api", "token:shop/api"), ("use", "token:shop/api", "token:shop/app"),
                ("boundary", "cookie:a/b-c", "cookie:a-b/c"), ("boundary-back", "cookie:a-b/c", "cookie:a/b-c"),
                ("swapped", "cookie:a/b", "cookie:b/a")):
            yield make(f"wrong-{name}", f"sealed for {sealed}", "not authentic", purpose=opened,
                       sealed_purpose=sealed)
        form = csrf_case("", "")["token"]
        yield garbage(f"{mode}-csrf-token", "a CSRF token, whose first octet is its key id's", form, "wrong version", mode)
        yield garbage(f"{mode}-csrf-token-behind-a-header", "a CSRF token's salt and tag behind a session token's header",
                      ref.encode(ref.header(mode, A, NOW) + ref.decode(form)[8:]), "malformed", mode)


def limits() -> Iterator[dict]:
    """limits.json: the greatest length, and the greatest numbers of each field."""
    for block, length in ((16, 2991), (64, 2975)):      # 3024 and 3008 octets of plaintext
        yield case(f"limit-pad-{block}-fits", "the longest payload with this padding block", block=block,
                   payload=octets("long", length))
        yield case(f"limit-pad-{block}-too-long", "one octet more takes one more block", "too long", block=block,
                   payload=octets("long", length + 1))
    for mode in MODES:
        make = of(mode)
        room = 3072 - ref.SHORTEST[mode]
        for less, characters in ((2, 4094), (1, 4095), (0, 4096)):
            yield make(f"characters-{characters}", f"{characters} characters",
                       payload=octets("long", room - less))
        yield make("characters-4098", "one octet more is 4098 characters", "too long",
                   payload=octets("long", room + 1))
        for length, expect in ((4095, "malformed"), (4096, "malformed"), (4097, "too long"), (10_000, "too long")):
            yield garbage(f"{mode}-garbage-{length}", "nothing of the alphabet", "!" * length, expect, mode)
        yield garbage(f"{mode}-json-web-token", "its version octet is an opening brace",
                      "eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "wrong version", mode)
        yield garbage(f"{mode}-letters-4096", "a version octet of 0", "A" * 4096, "wrong version", mode)
        yield garbage(f"{mode}-letters-4097", "one character more", "A" * 4097, "too long", mode)
        for schema in (0, 1, 0xFF, 0x100, 0xFFFF, 0x10000, 0x123456, 0xFFFFFF):
            yield make(f"schema-{schema:06x}", "schema is u24, big-endian", schema=schema)
        end = {"issued": LAST - 1, "expires": LAST}
        yield make("last-second", "epoch 0xFFFFFF; created and issued 2^40 - 2, expires 2^40 - 1",
                   now=LAST - 1, **end)
        yield make("last-second-ahead", "now + leeway is its issued", now=LAST - 1 - LEEWAY, **end)
        yield make("last-second-too-far-ahead", "one second earlier", "not yet valid", now=LAST - 2 - LEEWAY, **end)
        yield make("last-second-over", "now is 2^40 - 1", "expired", "stamp", now=LAST, **end)
        yield make("after-last-second", "now is 2^40, more than any field holds", "expired", "stamp",
                   now=LAST + 1, **end)
        yield make("last-second-remembered", "issued + idle and created + absolute are more than 40 bits",
                   class_="remembered", created=LAST - 100, now=LAST - 1, **end)
        yield make("last-epoch-behind", "the last epoch goes behind the horizon", "expired", "idle",
                   now=2**40 + LONGEST_IDLE + LEEWAY, **end)
        yield make("created-greatest-malformed", "created 2^40 - 1 leaves no room for issued", "malformed",
                   now=LAST - 1, created=LAST, **end)
        yield make("stamp-greatest", "expires 2^40 - 1, long after idle", expires=LAST)
        yield make("epoch-seen-early", "epoch 0xFFFFFF seen today", "not yet valid", **end)
        yield make("epoch-0-seen-late", "epoch 0 seen today", "expired", "idle", issued=0)
        yield make("now-2-to-the-32", "seconds past 32 bits", issued=2**32 + 5, now=2**32 + 6)
        yield make("now-2-to-the-53", "now is 2^53 - 1", "expired", "idle", now=2**53 - 1)


def order() -> Iterator[dict]:
    """order.json: two faults, of which the earlier row names the reason."""
    early, late = NOW - 40 * 86_400, NOW + 40 * 86_400  # nows that put the epoch ahead (row 5) and behind (row 6)
    for mode, other in (MODES, MODES[::-1]):
        both = of(mode, "order-")
        version = lambda raw: bytes([ref.VERSION[other]]) + raw[1:]  # noqa: E731
        bad_rest, bad_head, short = put(50, "+"), put(3, "+"), lambda raw: raw[:40]
        tag, long = flip(-1), octets("long", 3_100)
        yield both("01-02", "too long, a wrong character in the header", "too long", payload=long, text=bad_head)
        yield both("01-03", "too long, wrong version", "too long", payload=long, raw=version)
        yield both("01-07", "too long, a wrong character in the rest", "too long", payload=long, text=bad_rest)
        yield both("02-03", "a wrong character in the header, wrong version", "malformed", raw=version, text=bad_head)
        yield both("02-04", "character 15 wrong, unknown key", "malformed", ring=(B,), text=put(15, "+"))
        yield both("02-06", "a wrong character in the header, long expired", "malformed", now=late, text=bad_head)
        yield both("03-04", "wrong version, unknown key", "wrong version", raw=version, ring=(B,))
        yield both("03-05", "wrong version, epoch ahead", "wrong version", raw=version, now=early)
        yield both("03-06", "wrong version, epoch behind", "wrong version", raw=version, now=late)
        yield both("03-07", "wrong version, a wrong character in the rest", "wrong version", raw=version,
                   text=bad_rest)
        yield both("03-07-short", "wrong version, too short", "wrong version", raw=lambda raw: version(raw)[:12])
        yield both("04-05", "unknown key, epoch ahead", "unknown key", ring=(B,), now=early)
        yield both("04-06", "unknown key, epoch behind", "unknown key", ring=(B,), now=late)
        yield both("04-07", "unknown key, character 16 wrong", "unknown key", ring=(B,), text=put(16, "+"))
        yield both("04-07-short", "unknown key, nothing after the header", "unknown key", ring=(B,),
                   raw=lambda raw: raw[:12])
        yield both("05-07", "epoch ahead, a wrong character in the rest", "not yet valid", now=early, text=bad_rest)
        yield both("05-07-short", "epoch ahead, too short", "not yet valid", now=early, raw=short)
        yield both("05-08", "epoch ahead, tag wrong", "not yet valid", now=early, raw=tag)
        yield both("05-10", "epoch ahead, flags wrong", "not yet valid", now=early, flags=0x40)
        yield both("06-07", "epoch behind, a wrong character in the rest", "expired", "idle", now=late, text=bad_rest)
        yield both("06-07-short", "epoch behind, nothing after the header", "expired", "idle", now=late,
                   raw=lambda raw: raw[:12])
        yield both("06-08", "epoch behind, tag wrong", "expired", "idle", now=late, raw=tag)
        yield both("06-10", "epoch behind, flags wrong", "expired", "idle", now=late, flags=0x40)
        yield both("06-12", "epoch behind, and over by stamp, idle and absolute", "expired", "idle", now=late)
        yield both("07-08", "padded with =, and the tag wrong", "malformed", raw=tag, text=lambda text: text + "==")
        yield both("07-08-short", "too short for its tag", "malformed", raw=short)
        yield both("08-10", "tag wrong, flags wrong", "not authentic", raw=tag, flags=0x40)
        yield both("08-11", "tag wrong, issued ahead", "not authentic", raw=tag, issued=NOW + 600)
        yield both("08-12", "tag wrong, over by its stamp", "not authentic", raw=tag, expires=NOW + 9, now=NOW + 10)
        yield both("08-15", "tag wrong, over by absolute", "not authentic", raw=tag, created=0, expires=NOW + 9)
        yield both("08-purpose-12", "wrong purpose, over by its stamp", "not authentic",
                   sealed_purpose="cookie:shop/other", expires=NOW + 9, now=NOW + 10)
        yield both("10-11", "flags wrong, issued ahead", "malformed", flags=0x04, issued=NOW + 600)
        yield both("10-12", "flags wrong, over by its stamp", "malformed", flags=0x80, expires=NOW + 9, now=NOW + 10)
        yield both("10-12-times", "expires at issued, long before now", "malformed", expires=NOW, now=NOW + 5_000)
        yield both("10-15", "flags wrong, over by absolute", "malformed", flags=0x80, created=0, expires=NOW + 9)
        yield both("11-15", "issued ahead, over by absolute", "not yet valid", issued=NOW + 600, created=0,
                   expires=LAST)
        yield both("12-14", "over by stamp and idle", "expired", "stamp", now=NOW + 1_800)
        yield both("12-15", "over by stamp and absolute", "expired", "stamp", created=NOW - 28_799, now=NOW + 1)
        yield both("12-14-15", "over by all three", "expired", "stamp", now=NOW + 28_800)
        yield both("14-15", "over by idle and absolute", "expired", "idle", now=NOW + 28_800, expires=LAST)
    for row, expect, by, more in ((8, "not authentic", None, {"raw": flip(-1)}),
                                  (11, "malformed", None, {"issued": NOW + 600}),
                                  (12, "malformed", None, {"now": NOW + 1_800})):
        first, second = sorted((9, row))
        yield case(f"encrypted-order-{first:02}-{second:02}", "no pad, and a fault of another row", expect, by,
                   payload=b"text", body=lambda body: body[:-1], **more)


def csrf_case(name: str, comment: str, expect: str = "ok", *, ring: tuple[bytes, ...] = (A,), root: bytes = A,
              purpose: str = SHOP, made_purpose: str | None = None, session_id: bytes = SESSION,
              made_session_id: bytes | None = None, make: Callable[..., bytes] = ref.csrf_octets,
              raw: Callable[[bytes], bytes] = lambda raw: raw, text: Callable[[str], str] = lambda text: text) -> dict:
    """One CSRF token, good unless spoilt: `make` makes it in another way, `raw` changes its octets, `text` its characters."""
    made_purpose, made_session_id = made_purpose or purpose, made_session_id or session_id
    salt = hashlib.sha256(b"salt " + name.encode("ascii")).digest()[:16]
    made = {"seal_key": ring.index(root) if root in ring else None, "purpose": made_purpose,
            "session_id": made_session_id.hex(), "salt": salt.hex()}
    return {"name": name, "keys": [key.hex() for key in ring], "purpose": purpose, "session_id": session_id.hex(),
            "token": text(ref.encode(raw(make(root, made_purpose, made_session_id, salt)))), "made": made,
            "expect": expect, "comment": comment}


def csrf() -> Iterator[dict]:
    """csrf.json: CSRF tokens, section 9."""
    def make(name: str, *args, **more) -> dict:
        return csrf_case(f"csrf-{name}", *args, **more)
    yield worked_examples()[2]
    yield make("good", "good")
    yield make("another", "good, with a salt of its own")
    for index, ring in enumerate(((A, B, C), (B, A, C), (B, C, A))):
        yield make(f"ring-{index}", f"a ring of three, the token's key at index {index}", ring=ring)
    for name, session_id in (("zeros", bytes(16)), ("0xff", b"\xff" * 16)):
        yield make(f"session-id-of-{name}", "any 16 octets are a session id", session_id=session_id)
    for index, purpose in enumerate(("cookie:a/b", "cookie:shop/session", "cookie:" + "a" * 64 + "/" + "n" * 100)):
        yield make(f"purpose-{index}", "a purpose of its own", purpose=purpose)

    yield make("other-session", "made for another session", "not authentic", made_session_id=octets("other session", 16))
    for at in (0, 15):
        yield make(f"other-session-octet-{at}", "made for a session whose id differs in one bit", "not authentic",
                   made_session_id=flip(at)(SESSION))
    for name, purpose in (("app", "cookie:blog/__Host-session"), ("cookie", "cookie:shop/__Host-cart"),
                          ("prefix", "cookie:shop/session"), ("form", "token:shop/session"),
                          ("longer", SHOP + "1"), ("case", "cookie:Shop/__Host-session")):
        yield make(f"other-{name}", f"made for {purpose}", "not authentic", made_purpose=purpose)
    yield make("unknown-key", "the ring does not have its key", "unknown key", ring=(B, C))
    yield make("other-key-named", "made with B, names A", "not authentic", ring=(A, B), root=B,
               raw=lambda raw: ref.key_id(A) + raw[8:])

    for name, places, expect in (("key-id", range(0, 8), "unknown key"), ("salt", range(8, 24), "not authentic"),
                                 ("tag", range(24, 56), "not authentic")):
        for at in places:
            yield make(f"{name}-octet-{at}", "one bit of one octet", expect, raw=flip(at, 1 << at % 8))
    for name, change in (("tag-zero", lambda raw: raw[:24] + bytes(32)), ("tag-half", lambda raw: raw[:40] + bytes(16)),
                         ("salt-zero", lambda raw: raw[:8] + bytes(16) + raw[24:]),
                         ("tag-before-salt", lambda raw: raw[:8] + raw[24:] + raw[8:24])):
        yield make(name, "changed after making", "not authentic", raw=change)
    yield make("all-zero", "56 zeros", "unknown key", raw=lambda raw: bytes(56))

    for name, comment, key, over in (
            ("id-before-salt", "the tag is over session id ‖ salt", ref.csrf_key, lambda salt, id_: id_ + salt),
            ("no-salt", "the tag leaves the salt out", ref.csrf_key, lambda salt, id_: id_),
            ("no-session", "the tag leaves the session id out", ref.csrf_key, lambda salt, id_: salt),
            ("id-in-hex", "the tag is over the session id in hex", ref.csrf_key,
             lambda salt, id_: salt + id_.hex().encode("ascii")),
            ("sign-key", "made with the sign key", ref.sign_key, bytes.__add__),
            ("no-purpose", "the purpose is left out of the info", lambda r, p: ref.csrf_key(r, ""), bytes.__add__),
            ("root-as-key", "made with the root key itself", lambda r, p: r, bytes.__add__),
            ("prk-as-key", "made with the PRK itself", lambda r, p: ref.extract(r), bytes.__add__)):
        yield make(name, comment, "not authentic", make=lambda root, purpose, id_, salt: (
            ref.key_id(root) + salt + ref.hmac_sha256(key(root, purpose), over(salt, id_))))
    yield make("plain-hash", "the tag is a hash without a key", "not authentic", make=lambda root, purpose, id_, salt: (
        ref.key_id(root) + salt + hashlib.sha256(salt + id_).digest()))

    for name, comment, text in (
            ("padded", "padded with =", lambda text: text + "="), ("space-before", "a space", lambda text: " " + text),
            ("space-after", "a space", lambda text: text + " "), ("line-feed", "a line feed", lambda text: text + "\n"),
            ("quoted", "in quotation marks", lambda text: f'"{text}"'),
            ("standard-alphabet", "+ where base64url has another character", put(7, "+")),
            ("slash", "/ where base64url has another character", put(40, "/")),
            ("percent", "percent-encoded, its length kept", lambda text: text[:-3] + "%3D"),
            ("not-ascii", "é, two octets, its length in octets kept", lambda text: text[:-2] + "é"),
            ("last-bits", "unused bits of the last character are not zero",
             lambda text: text[:-1] + LETTERS[LETTERS.index(text[-1]) + 1]),
            ("twice", "the token, then the token", lambda text: text * 2),
            ("character-more", "one character more", lambda text: text + "A")):
        yield make(name, comment, "malformed", text=text)
    for length in (0, 1, 11, 32, 72, 73, 74):
        yield make(f"cut-to-{length}", "characters left", "malformed", text=lambda text: text[:length])
    yield make("octet-short", "55 octets, strictly spelt", "malformed", raw=lambda raw: raw[:-1])
    yield make("octet-long", "57 octets, strictly spelt", "malformed", raw=lambda raw: raw + b"\0")
    for mode in MODES:
        session = case(f"csrf-from-{mode}", "", mode=mode)["token"]
        yield make(f"session-token-{mode}", "a session token", "malformed", text=lambda _: session) | {"made": None}
        yield make(f"session-token-{mode}-cut", "the first 75 characters of a session token", "unknown key",
                   text=lambda _: session[:74] + "A") | {"made": None}
    yield make("session-id", "the session id in the place of a token", "malformed",
               text=lambda _: SESSION.hex()) | {"made": None}


def files() -> dict[str, list[dict]]:
    """Every file and its cases."""
    makers = {"encrypted": encrypted, "signed": signed, "padding": pads, "times": times, "header": header,
              "spelling": spelling, "truncation": truncation, "envelope": envelopes, "purposes": purposes,
              "limits": limits, "order": order, "bound": bound, "csrf": csrf}
    return {f"{name}.json": list(maker()) for name, maker in makers.items()}
