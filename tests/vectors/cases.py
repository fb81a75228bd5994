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


def fixed(label: str, length: int) -> bytes:
    """Fixed bytes that look random."""
    return hashlib.shake_256(b"hardtack v1 vectors " + label.encode("ascii")).digest(length)


A, B, C = (hashlib.sha256(b"hardtack v1 vectors root " + name).digest() for name in (b"A", b"B", b"C"))
SESSION = fixed("session", 16)
PAYLOAD = fixed("payload", 24)                         # 97 bytes encrypted, 100 signed: 2 characters over
WHOLE = fixed("payload", 23)                           # 96 and 99 bytes: a multiple of 4 characters
ODD = fixed("payload", 25)                             # 98 and 101 bytes: 3 characters over


def case(name: str, comment: str, expect: str = "ok", by: str | None = None, *, mode: str = "encrypted",
         sealed_mode: str | None = None, ring: tuple[bytes, ...] = (A,), root: bytes = A, purpose: str = SHOP,
         sealed_purpose: str | None = None, now: int = NOW, class_: str = "standard", schema: int = 7,
         session_id: bytes = SESSION, issued: int = NOW, created: int | None = None, expires: int | None = None,
         payload: bytes = PAYLOAD, block: int = 1, bound: bool = False, flags: int | None = None,
         settings: dict | None = None, seal_from: list | None = None, open_until: list | None = None,
         body: Callable[[bytes], bytes] = lambda body: body, protect: Callable[..., bytes] = ref.protect,
         raw: Callable[[bytes], bytes] = lambda raw: raw, text: Callable[[str], str] = lambda text: text) -> dict:
    """One case, good unless spoilt.

    `body` changes what is then sealed authentically, `protect` seals in another way, `raw` changes the sealed octets
    and `text` the token. `sealed_mode` and `sealed_purpose` are the sealer's where they are not the opener's.
    `settings`, `seal_from` and `open_until` are those that are not the default.
    """
    sealed_mode, sealed_purpose = sealed_mode or mode, sealed_purpose or purpose
    created = issued if created is None else created
    timeouts = (settings or {}).get(class_) or timeouts_of(IDLE[class_], ABSOLUTE[class_])
    latest = min(issued + timeouts["idle"], created + timeouts["absolute"])
    expires = latest if expires is None else expires
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
    if expect == "ok" and expires > latest:
        made["unsealable"] = True
    return made | given(settings=settings, seal_from=seal_from, open_until=open_until) | {"comment": comment}


def given(**fields: object) -> dict:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def timeouts_of(idle: int, absolute: int) -> dict:
    return {"idle": idle, "absolute": absolute}


def garbage(name: str, comment: str, token: str, expect: str = "malformed", mode: str = "encrypted") -> dict:
    """A text that was never a token: nothing was sealed, so there are no claims, payload or nonce."""
    made = case(name, comment, expect, mode=mode, text=lambda _: token)
    return made | {"claims": None, "payload": None, "nonce": None}


def flip(at: int, mask: int = 1) -> Callable[[bytes], bytes]:
    """Change bits of the byte at an index."""
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
                   payload=fixed("payload", length))
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
            yield case(f"pad-{block}-payload-{length}", f"a pad of {pad} octets", payload=fixed("payload", length),
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
    """spelling.json: one sequence of bytes has exactly one token."""
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
                   root=root, ring=(ring,), payload=fixed("payload", 300), text=lambda text: standard_alphabet(text))


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def standard_alphabet(text: str) -> str:
    assert "-" in text and "_" in text
    return text.replace("-", "+").replace("_", "/")


def swap_first_letter(text: str) -> str:
    at = next(at for at, char in enumerate(text) if char.isalpha())
    return text[:at] + text[at].swapcase() + text[at + 1:]


def dashed_root() -> bytes:
    """A root key whose header has a character that only base64url has."""
    roots = (fixed(f"root {number}", 32) for number in range(1000))
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
                       session_id=fixed("renewed session", 16))
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
                       block=block, payload=fixed("payload", length))


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
    longest = "cookie:" + "a" * 64 + "/" + "n" * 256
    for mode in MODES:
        make = of(mode)
        yield make("longest-name", "the longest application and cookie name, a purpose of 328 bytes", purpose=longest)
        for name, sealed, opened in (("shorter", longest, longest[:-1]), ("longer", longest[:-1], longest),
                                     ("last-byte", longest, longest[:-1] + "m"),
                                     ("first-byte", longest, longest.replace("/n", "/m"))):
            yield make(f"longest-name-{name}", "another name of about that length", "not authentic", purpose=opened,
                       sealed_purpose=sealed)


def limits() -> Iterator[dict]:
    """limits.json: the greatest length, and the greatest numbers of each field."""
    for block, length in ((16, 2991), (64, 2975)):      # 3024 and 3008 bytes of plaintext
        yield case(f"limit-pad-{block}-fits", "the longest payload with this padding block", block=block,
                   payload=fixed("long", length))
        yield case(f"limit-pad-{block}-too-long", "one octet more takes one more block", "too long", block=block,
                   payload=fixed("long", length + 1))
    for mode in MODES:
        make = of(mode)
        room = 3072 - ref.SHORTEST[mode]
        for less, characters in ((2, 4094), (1, 4095), (0, 4096)):
            yield make(f"characters-{characters}", f"{characters} characters",
                       payload=fixed("long", room - less))
        yield make("characters-4098", "one octet more is 4098 characters", "too long",
                   payload=fixed("long", room + 1))
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
    for mode in MODES:
        yield from lengths_in_bytes(mode)


def lengths_in_bytes(mode: str) -> Iterator[dict]:
    """Lengths count bytes, not characters and not units of UTF-16."""
    for name, char in (("e-acute", "\u00e9"), ("euro", "\u20ac"), ("emoji", "\U0001f600")):
        size = len(char.encode("utf-8"))
        count = 4096 // size
        text = char * count + "!" * (4096 - size * count)
        yield garbage(f"{mode}-bytes-4096-{name}", f"4096 bytes, {len(text)} characters", text, "malformed", mode)
        yield garbage(f"{mode}-bytes-4097-{name}", f"4097 bytes, {len(text) + 1} characters", text + "!", "too long",
                      mode)
    room = 3072 - ref.SHORTEST[mode]                    # the payload of a token of 4096 characters
    for name, less in (("in-rest", 0), ("in-rest-too-long", -1)):
        expect = "malformed" if less == 0 else "too long"
        yield case(f"{mode}-bytes-{name}", f"a good token with one character of two bytes, {4096 - less} bytes in all",
                   expect, mode=mode, payload=fixed("long", room), text=put(2000, "\u00e9", 2 + less))
    yield garbage(f"{mode}-bytes-16", "8 characters, 16 bytes: long enough, not of the alphabet", "\u00e9" * 8, "malformed",
                  mode)


def order() -> Iterator[dict]:
    """order.json: two faults, of which the earlier row names the reason."""
    early, late = NOW - 40 * 86_400, NOW + 40 * 86_400  # nows that put the epoch ahead (row 5) and behind (row 6)
    for mode, other in (MODES, MODES[::-1]):
        both = of(mode, "order-")
        version = lambda raw: bytes([ref.VERSION[other]]) + raw[1:]  # noqa: E731
        bad_rest, bad_head, short = put(50, "+"), put(3, "+"), lambda raw: raw[:40]
        tag, long = flip(-1), fixed("long", 3_100)
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
              made_session_id: bytes | None = None, make: Callable[..., bytes] = ref.csrf_bytes,
              now: int | None = None, seal_from: list | None = None, open_until: list | None = None,
              raw: Callable[[bytes], bytes] = lambda raw: raw, text: Callable[[str], str] = lambda text: text) -> dict:
    """One CSRF token, good unless spoilt: `make` makes it in another way, `raw` changes its bytes, `text` its characters."""
    made_purpose, made_session_id = made_purpose or purpose, made_session_id or session_id
    salt = hashlib.sha256(b"salt " + name.encode("ascii")).digest()[:16]
    made = {"seal_key": ring.index(root) if root in ring else None, "purpose": made_purpose,
            "session_id": made_session_id.hex(), "salt": salt.hex()}
    return {"name": name, "keys": [key.hex() for key in ring], "purpose": purpose, "session_id": session_id.hex(),
            "token": text(ref.encode(raw(make(root, made_purpose, made_session_id, salt)))), "made": made,
            "expect": expect, "comment": comment} | given(now=now, seal_from=seal_from, open_until=open_until)


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

    yield make("other-session", "made for another session", "not authentic", made_session_id=fixed("other session", 16))
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

    for late, expect in ((-1, "ok"), (0, "unknown key"), (1, "unknown key")):
        yield make(f"key-end-{late + 1}", f"now is the end of its key {late:+}", expect, ring=(B, A),
                   now=NOW + late, open_until=[None, NOW])
    yield make("key-end-spoilt", "its key has ended, and the tag is wrong", "unknown key", now=NOW, open_until=[NOW],
               raw=flip(-1))
    yield make("key-not-started", "its key opens before it seals", ring=(B, A), now=NOW, seal_from=[0, NOW + 1])
    yield make("bytes-75", "74 characters, 75 bytes: the length counts bytes, the alphabet decides", "malformed",
               text=lambda text: text[:73] + "\u00e9")


def settings_() -> Iterator[dict]:
    """settings.json: openers whose settings are not the defaults, and keys that end."""
    for mode in MODES:
        make, short = of(mode, "setting-"), fixed("payload", 150 - ref.SHORTEST[mode])
        spoilt = {"raw": flip(-1)}                      # tells the rows before the tag from those after it
        for leeway in (0, 5, 86_400):
            for ahead, expect in ((leeway, "ok"), (leeway + 1, "not yet valid")):
                yield make(f"leeway-{leeway}-ahead-{ahead}", f"a leeway of {leeway} s, issued {ahead} s after now", expect,
                           settings={"leeway": leeway}, issued=NOW + ahead)
        none = {"leeway": 0}
        yield make("leeway-0-epoch-ahead", "row 5 without a leeway, one second early", "not yet valid", settings=none,
                   issued=NEXT_EPOCH, now=NEXT_EPOCH - 1, **spoilt)
        yield make("leeway-0-epoch-reached", "row 5 without a leeway has passed", "not authentic", settings=none,
                   issued=NEXT_EPOCH, now=NEXT_EPOCH, **spoilt)
        for late, result in ((-1, ("not authentic", None)), (0, ("expired", "idle"))):
            yield make(f"leeway-0-epoch-behind-{late + 1}", "row 6 without a leeway", *result, settings=none,
                       now=NEXT_EPOCH + LONGEST_IDLE + late, **spoilt)
        yield make("leeway-0-near-zero", "subtraction stops at zero, and now is 0", settings=none, issued=0, now=0)

        off = {"settings": {"remembered": None}}
        yield make("off-standard", "remembered is off, and this is standard", **off)
        old = {**off, "class_": "remembered"}
        yield make("off-remembered", "remembered is off", "class off", **old)
        yield make("off-stamp", "row 12 is before row 13", "expired", "stamp", **old, expires=NOW + 9, now=NOW + 9)
        yield make("off-idle", "row 13 is before row 14", "class off", **old, expires=LAST, now=NOW + 5_000)
        yield make("off-spoilt", "the tag is before row 13", "not authentic", **old, **spoilt)
        horizon = NEXT_EPOCH + IDLE["standard"] + LEEWAY
        for late, result in ((-1, ("class off", None)), (0, ("expired", "idle"))):
            yield make(f"off-epoch-behind-{late + 1}", "the idle timeout of a class that is off does not count in row 6",
                       *result, **old, now=horizon + late)

        for name, timeouts in (("60-3600", timeouts_of(60, 3_600)), ("1-1", timeouts_of(1, 1)),
                               ("30d-60d", timeouts_of(2_592_000, 5_184_000)),
                               ("greatest", timeouts_of(2**39 - 1, 2**39 - 1))):
            for class_ in IDLE:
                with_ = {"class_": class_, "settings": {class_: timeouts}}
                end = min(timeouts["idle"], timeouts["absolute"])
                yield make(f"{class_}-{name}-last", "the last second by idle", **with_, expires=LAST, now=NOW + end - 1)
                yield make(f"{class_}-{name}-over", "one second later", "expired", "idle", **with_, expires=LAST,
                           now=NOW + end)
                yield make(f"{class_}-{name}-stamp", "as stamped, at its end", "expired", "stamp", **with_, now=NOW + end)
        for late, result in ((-1, ("ok", None)), (0, ("expired", "absolute"))):
            yield make(f"absolute-{late + 1}", f"now is the end by an absolute timeout of 3600 s {late:+}", *result,
                       settings={"standard": timeouts_of(60, 3_600)}, created=NOW - 3_590, expires=LAST,
                       now=NOW + 10 + late)
        longer = {"standard": timeouts_of(2_592_000, 5_184_000)}
        for late, result in ((-1, ("not authentic", None)), (0, ("expired", "idle"))):
            yield make(f"longest-is-standard-{late + 1}", "row 6 takes the longer idle timeout, whichever class has it",
                       *result, settings=longer, now=NEXT_EPOCH + 2_592_000 + LEEWAY + late, **spoilt)
        yield make("looser", "sealed under shorter timeouts: the stamp ends it", "expired", "stamp", settings=longer,
                   expires=NOW + 1_800, now=NOW + 1_800)

        for limit, expect in ((200, "ok"), (199, "too long"), (201, "ok")):
            yield make(f"limit-{limit}", f"200 characters, of which {limit} are allowed", expect, payload=short,
                       settings={"limit": limit})
        yield make("limit-200-bytes", "199 characters and one of two bytes, 201 in all", "too long", payload=short,
                   settings={"limit": 200}, text=put(150, "\u00e9"))
        yield make("limit-8192", "a token that no cookie holds", payload=fixed("long", 5_000),
                   settings={"limit": 8_192})
        yield make("limit-8192-too-long", "8193 characters", "too long", payload=fixed("long", 5_000),
                   settings={"limit": 8_192}, text=lambda text: text + "A" * (8_193 - len(text)))

        for late, expect in ((-1, "ok"), (0, "unknown key"), (1, "unknown key")):
            yield make(f"key-end-{late + 1}", f"now is the end of its key {late:+}", expect, now=NOW + late,
                       issued=NOW - 5, open_until=[NOW])
        yield make("key-end-second", "the ring's other key has ended", ring=(B, A), open_until=[NOW, None])
        yield make("key-end-other-named", "its key has ended, the ring's other one has not", "unknown key", ring=(A, B),
                   open_until=[NOW, None])
        yield make("key-end-zero", "a key that never opens", "unknown key", open_until=[0])
        yield make("key-end-epoch", "row 4 is before row 5", "unknown key", open_until=[NOW], issued=NOW + 9 * 86_400)
        yield make("key-end-version", "row 3 is before row 4", "wrong version", open_until=[NOW],
                   raw=lambda raw: b"\x03" + raw[1:])
        yield make("key-not-started", "a key opens before it seals", ring=(B, A), seal_from=[0, NOW + 1])


def several() -> Iterator[dict]:
    """several.json: several cookies of the name, of which one is the session, or none."""
    for mode, other in (MODES, MODES[::-1]):
        def several_of(name: str, comment: str, tokens: list[dict | str], expect: str = "ok", by: str | None = None,
                       chosen: int | None = None, revoked: tuple[bytes, ...] = ()) -> dict:
            return {"name": f"{mode}-several-{name}", "mode": mode, "keys": [A.hex(), B.hex()], "purpose": SHOP, "now": NOW,
                    "tokens": [token if isinstance(token, str) else token["token"] for token in tokens],
                    "revoked": [session.hex() for session in revoked], "schemas": [7], "expect": expect} | given(
                        expired_by=by, chosen=chosen) | {"comment": comment}

        def one(name: str, age: int = 0, **more) -> dict:
            return case(f"{mode}-several-{name}", "", mode=more.pop("mode", mode), issued=NOW - age, created=NOW - 1_000,
                        **more)
        new, old, twin = one("new"), one("old", 100), one("twin", payload=fixed("twin", 24))
        another = fixed("another session", 16)
        foreign = one("foreign", 50, session_id=another)
        over, spoilt = one("over", 20, expires=NOW), one("spoilt", raw=flip(-1))
        elsewhere = one("elsewhere", sealed_purpose="cookie:blog/__Host-session")
        for name, comment, tokens, *rest in (
                ("none", "no cookie of the name", [], "none"),
                ("one", "one that opens", [new], "ok", None, 0),
                ("one-refused", "one that does not", [over], "expired", "stamp"),
                ("empty", "an empty value", [""], "malformed"),
                ("refused-first", "none opens: the first one's reason", [spoilt, over], "not authentic"),
                ("refused-first-back", "the same the other way round", [over, spoilt], "expired", "stamp"),
                ("passed-over-before", "a refused one is passed over", [spoilt, new], "ok", None, 1),
                ("passed-over-behind", "a refused one is passed over", [new, spoilt], "ok", None, 0),
                ("passed-over-kinds", "values that others set", ["", "hunter2", "A" * 4_097, elsewhere, new], "ok", None, 4),
                ("passed-over-version", "the other form of token", [one("version", mode=other), new], "ok", None, 1),
                ("newest-last", "the greatest issued", [old, new], "ok", None, 1),
                ("newest-first", "the greatest issued", [new, old], "ok", None, 0),
                ("newest-between", "the greatest issued", [old, new, one("older", 200)], "ok", None, 1),
                ("same-twice", "the same token twice", [new, new], "ok", None, 0),
                ("tie", "the first of those issued in one second", [new, twin], "ok", None, 0),
                ("tie-back", "the same the other way round", [twin, new], "ok", None, 0),
                ("tie-behind-older", "an older one before both", [old, twin, new], "ok", None, 1),
                ("newest-within-leeway", "issued 60 s after now", [new, one("ahead", -60)], "ok", None, 1),
                ("newest-too-far-ahead", "issued 61 s after now", [new, one("too-far", -61)], "ok", None, 0),
                ("newest-is-over", "the newest one is over, an older one is not", [old, over], "ok", None, 0),
                ("newest-by-another-key", "the ring's second key", [old, one("key", ring=(A, B), root=B)], "ok", None, 1),
                ("classes", "one session, two classes", [old, one("class", class_="remembered")], "ok", None, 1),
                ("ambiguous", "two sessions", [new, foreign], "ambiguous"),
                ("ambiguous-back", "two sessions", [foreign, new], "ambiguous"),
                ("ambiguous-third", "two sessions, one of them twice", [new, old, foreign], "ambiguous"),
                ("ambiguous-behind-refused", "two sessions and a refused one", [spoilt, new, over, foreign], "ambiguous"),
                ("other-is-over", "of two sessions one is over",
                 [new, one("foreign-over", 20, session_id=another, expires=NOW)], "ok", None, 0)):
            yield several_of(name, comment, tokens, *rest)
        newer_shape = one("shape", schema=8)
        for name, comment, tokens, revoked, *rest in (
                ("revoked", "row 16 refuses it", [new], (SESSION,), "revoked"),
                ("revoked-other", "of two sessions one is revoked: row 16 is before the choice", [foreign, new], (another,),
                 "ok", None, 1),
                ("revoked-all", "both are", [foreign, new], (SESSION, another), "revoked"),
                ("revoked-copies", "every copy of it is", [old, new], (SESSION,), "revoked"),
                ("shape", "row 17 refuses it", [newer_shape], (), "unknown shape"),
                ("shape-newest", "the newest is of a shape that is not read: row 17 is before the choice",
                 [old, newer_shape], (), "ok", None, 0),
                ("shape-other", "of two sessions one is of a shape that is not read",
                 [one("foreign-shape", session_id=another, schema=8), new], (), "ok", None, 1),
                ("revoked-shape", "row 16 is before row 17", [newer_shape], (SESSION,), "revoked"),
                ("over-revoked", "row 12 is before row 16", [over], (SESSION,), "expired", "stamp")):
            yield several_of(name, comment, tokens, *rest, revoked=revoked)


def sealing() -> Iterator[dict]:
    """sealing.json: which key seals, which times are stamped, and what must not be sealed."""
    for mode in MODES:
        def make(name: str, comment: str, expect: str = "ok", *, ring: tuple[bytes, ...] = (A,), seal_from: list = [0],
                 open_until: list | None = None, key: int = 0, now: int = NOW, class_: str = "standard", schema: int = 7,
                 created: int = NOW, issued: int | None = None, expires_by: int | None = None, at: int | None = None,
                 end: int | None = None, payload: bytes = PAYLOAD, block: int = 1, bound: bool = False,
                 settings: dict | None = None, purpose: str = SHOP) -> dict:
            """One sealing: `at` and `end` are the times that it must stamp, `key` is the index of the key."""
            name = f"{mode}-sealing-{name}"
            issued = created if issued is None else issued
            claims = ref.Claims(schema, SESSION, created, issued, 0, class_, bound)
            before = {field: value for field, value in claims.to_json().items() if field != "expires"}
            nonce = hashlib.sha256(name.encode("ascii")).digest()[:12] if mode == "encrypted" else None
            made = {"name": name, "mode": mode, "keys": [root.hex() for root in ring], "seal_from": seal_from,
                    "purpose": purpose, "now": now, "claims": before, "expires_by": expires_by, "payload": payload.hex(),
                    "nonce": nonce and nonce.hex(), "pad_block": block, "expect": expect}
            if expect == "ok":
                at = now if at is None else at
                end = at + IDLE[class_] if end is None else end
                sealed = ref.Claims(schema, SESSION, created, at, end, class_, bound)
                token = ref.seal(mode, ring[key], purpose, sealed, payload, nonce, block)
                made |= {"seal_key": key, "issued": at, "expires": end, "token": token}
            return made | given(settings=settings, open_until=open_until) | {"comment": comment}

        for class_ in IDLE:
            yield make(f"{class_}-new", "a new session: created and issued are now", class_=class_)
            yield make(f"{class_}-again", "issued is now, created stays", class_=class_, now=NOW + 600)
            yield make(f"{class_}-bound", "the bound bit stays", class_=class_, bound=True, now=NOW + 600)
            yield make(f"{class_}-clock-behind", "now is before the previous issued, which stays", class_=class_,
                       issued=NOW + 100, now=NOW + 70, at=NOW + 100)
            absolute = ABSOLUTE[class_]
            yield make(f"{class_}-absolute", "the absolute timeout comes before idle", class_=class_, now=NOW + absolute - 9,
                       end=NOW + absolute)
            yield make(f"{class_}-last-second", "one second of it is left", class_=class_, now=NOW + absolute - 1,
                       end=NOW + absolute)
            yield make(f"{class_}-over", "none is left", "over", class_=class_, now=NOW + absolute)
            yield make(f"{class_}-idle-over", "a sealer does not look at idle: an opener did", class_=class_,
                       now=NOW + IDLE[class_] + 5)
            yield make(f"{class_}-chosen", "an end that the application chose", class_=class_, expires_by=NOW + 5,
                       end=NOW + 5)
            yield make(f"{class_}-chosen-later", "chosen later than the timeouts: they hold", class_=class_,
                       expires_by=NOW + 10 * absolute)
            yield make(f"{class_}-chosen-now", "chosen as now: nothing is left", "over", class_=class_, expires_by=NOW)
            yield make(f"{class_}-chosen-past", "chosen before now", "over", class_=class_, expires_by=NOW - 1)
            yield make(f"{class_}-chosen-before-issued", "chosen after now, before the previous issued", "over",
                       class_=class_, issued=NOW + 100, expires_by=NOW + 50)
        yield make("created-after-now", "created after now and issued: no opener would take it", "over", created=NOW + 1,
                   issued=NOW)
        yield make("created-after-now-chosen", "the same with a chosen end", "over", created=NOW + 1, issued=NOW,
                   expires_by=NOW + 9)

        settings = {"standard": timeouts_of(60, 90)}
        yield make("settings", "other timeouts", settings=settings, end=NOW + 60)
        yield make("settings-absolute", "other timeouts, the absolute one", settings=settings, now=NOW + 40, end=NOW + 90)
        off = {"remembered": None}
        yield make("off", "the class is switched off", "class off", class_="remembered", settings=off)
        yield make("off-over", "off, and over", "class off", class_="remembered", settings=off, now=NOW + 10**9)
        yield make("off-standard", "the other class is", settings=off)

        late = {"created": LAST - 100, "now": LAST - 100}
        yield make("width", "issued + idle is 2^40 or more", "out of range", **late)
        yield make("width-chosen", "the chosen end comes before the width is looked at", **late, expires_by=LAST, end=LAST)
        yield make("width-chosen-wide", "a chosen end of 2^40", "out of range", **late, expires_by=LAST + 1)
        yield make("width-absolute", "created + absolute is 2^40 - 1", created=LAST - ABSOLUTE["standard"], now=LAST - 100,
                   end=LAST)
        yield make("width-absolute-wide", "created + absolute is 2^40", "out of range",
                   created=LAST + 1 - ABSOLUTE["standard"], now=LAST - 100)
        yield make("width-issued", "now is 2^40", "out of range", created=LAST, now=LAST + 1)
        yield make("width-all", "created is 2^40", "out of range", created=LAST + 1, now=LAST + 1)
        yield make("width-over", "over, and too wide: over comes first", "over", created=LAST + 1, now=LAST + 1,
                   expires_by=NOW)
        yield make("schema-greatest", "2^24 - 1", schema=2**24 - 1)
        yield make("schema-wide", "2^24", "out of range", schema=2**24)

        room = 3072 - ref.SHORTEST[mode]
        yield make("longest", "4096 characters", payload=fixed("long", room))
        yield make("too-long", "one byte more", "too long", payload=fixed("long", room + 1))
        beside = {"limit": 4_096 - len("__Host-session")}   # 4082 characters: 3061 bytes
        yield make("beside-name", "name and value are 4096 bytes", payload=fixed("long", 3_061 - ref.SHORTEST[mode]),
                   settings=beside)
        yield make("beside-name-too-long", "one byte of payload more", "too long", settings=beside,
                   payload=fixed("long", 3_062 - ref.SHORTEST[mode]))
        yield make("limit-8192", "a sealer for a header", payload=fixed("long", 5_000), settings={"limit": 8_192})
        yield make("out-of-range-too-long", "both: the width comes first", "out of range", schema=2**24,
                   payload=fixed("long", room + 1))
        if mode == "encrypted":
            yield make("longest-padded", "the longest that a block of 16 leaves room for", block=16,
                       payload=fixed("long", 2_991))
            yield make("too-long-padded", "one byte more takes one more block", "too long", block=16,
                       payload=fixed("long", 2_992))

        two, three = (A, B), (A, B, C)
        for name, comment, ring, starts, ends, key in (
                ("key-newest", "the latest start that has come", two, [0, NOW - 5], None, 1),
                ("key-newest-first", "the same, the other order", two, [NOW - 5, 0], None, 0),
                ("key-starts-now", "a start that comes this second", two, [0, NOW], None, 1),
                ("key-starts-next", "a start in one second", two, [0, NOW + 1], None, 0),
                ("key-unset", "a key without a start only opens", two, [0, None], None, 0),
                ("key-unset-first", "the same, the other order", two, [None, 0], None, 1),
                ("key-ends-next", "the newest opens for one second more", two, [0, NOW - 5], [None, NOW + 1], 1),
                ("key-ended", "the newest no longer opens: the next newest seals", two, [0, NOW - 5], [None, NOW], 0),
                ("key-ended-two", "nor does the second", three, [NOW - 99, NOW - 50, NOW - 5], [None, NOW - 1, NOW], 0),
                ("key-ended-middle", "the middle one has ended, the newest has not begun", three,
                 [NOW - 99, NOW - 50, NOW + 1], [None, NOW, None], 0),
                ("key-ends-before-token", "a key seals up to its end, even what would last longer", two, [0, None],
                 [NOW + 1, None], 0)):
            yield make(name, comment, ring=ring, seal_from=starts, open_until=ends, key=key)
        for name, comment, ring, starts, ends in (
                ("no-key-unset", "no key has a start", two, [None, None], None),
                ("no-key-started", "no start has come", two, [NOW + 1, NOW + 2], None),
                ("no-key-open", "every key that could seal has ended", two, [0, None], [NOW, None])):
            yield make(name, comment, "no sealing key", ring=ring, seal_from=starts, open_until=ends)
        yield make("no-key-over", "over, and no key: over comes first", "over", seal_from=[None], expires_by=NOW)
        yield make("no-key-wide", "no key, and too wide: the key comes first", "no sealing key", seal_from=[None],
                   schema=2**24)


def setup() -> Iterator[dict]:
    """setup.json: what a key's text, a purpose, a ring and settings may be; nothing is opened."""
    def make(name: str, comment: str, expect: str = "refused", **what) -> dict:
        return {"name": f"setup-{name}", **what, "expect": expect, "comment": comment}

    for name, root in (("a", A), ("b", B), ("c", C), ("dashed", dashed_root())):
        yield make(f"key-text-{name}", "a root key as text", "ok", key_text=ref.key_text(root), root=root.hex())
    good = ref.key_text(A)
    plain = "htk1_" + ref.encode(A + hashlib.sha256(A).digest()[:4])
    last = "htk1_" + ref.encode(A + hashlib.sha256(b"hardtack v1 key text\0" + A).digest()[-4:])
    for name, comment, text in (
            ("empty", "nothing", ""), ("prefix-alone", "its prefix", "htk1_"), ("no-prefix", "without it", good[5:]),
            ("upper-case-prefix", "HTK1_", "HTK1_" + good[5:]), ("prefix-2", "another version", "htk2_" + good[5:]),
            ("prefix-dash", "a dash for the underscore", "htk1-" + good[5:]),
            ("cut", "52 characters", good[:-1]), ("longer", "54 characters", good + "A"),
            ("longer-4", "57 characters", good + "AAAA"), ("padded", "padded with =", good + "="),
            ("space-before", "a space", " " + good), ("space-after", "a space", good + " "),
            ("line-feed", "a line feed", good + "\n"), ("quoted", "in quotation marks", f'"{good}"'),
            ("plus", "the other alphabet", good[:20] + "+" + good[21:]),
            ("space-within", "a space for a character", good[:20] + " " + good[21:]),
            ("e-acute", "53 characters, 54 bytes", good[:20] + "\u00e9" + good[21:]),
            ("bytes-53", "52 characters, 53 bytes", good[:20] + "\u00e9" + good[22:]),
            ("hex", "the root in hex", A.hex()), ("no-checksum", "the root alone", "htk1_" + ref.encode(A)),
            ("checksum-without-label", "the label is left out of the hash", plain),
            ("checksum-from-the-end", "the hash's last 4 bytes", last),
            ("checksum-zero", "four zeros", "htk1_" + ref.encode(A + bytes(4))),
            ("checksum-of-another", "the checksum of another root", good[:-5] + ref.key_text(B)[-5:])):
        yield make(f"key-text-{name}", comment, key_text=text)
    for at in range(5, 53, 4):
        yield make(f"key-text-character-{at}", "one character is another", key_text=good[:at] + LETTERS[
            LETTERS.index(good[at]) ^ 1] + good[at + 1:])
    for at in range(4):
        changed = flip(32 + at, 1 << at)(ref.decode(good[5:]))
        yield make(f"key-text-checksum-byte-{at}", "one bit of the checksum", key_text="htk1_" + ref.encode(changed))

    every = "!#$%&'*+-.^_`|~09AZaz"
    for name, comment, purpose in (
            ("shortest", "one character each", "cookie:a/b"), ("every-character", "all that a name may have", f"cookie:a/{every}"),
            ("label-characters", "all that an application and a use may have", "token:A.z_0-9/a.Z_9-0"),
            ("longest-cookie", "64 and 256", "cookie:" + "a" * 64 + "/" + "n" * 256),
            ("longest-token", "64 and 64", "token:" + "a" * 64 + "/" + "n" * 64)):
        yield make(f"purpose-{name}", comment, "ok", purpose=purpose)
    for name, comment, purpose in (
            ("no-application", "an empty application", "cookie:/b"), ("no-name", "an empty cookie name", "cookie:a/"),
            ("no-use", "an empty use", "token:a/"), ("application-65", "65 characters", "cookie:" + "a" * 65 + "/b"),
            ("application-65-token", "65 characters", "token:" + "a" * 65 + "/b"),
            ("name-257", "257 characters", "cookie:a/" + "n" * 257), ("use-65", "65 characters", "token:a/" + "u" * 65),
            ("application-tilde", "~ is for cookie names alone", "cookie:a~b/c"), ("use-tilde", "~ in a use", "token:a/b~c"),
            ("use-slash", "a slash in a use", "token:a/b/c"), ("name-slash", "a slash in a name", "cookie:a/b/c"),
            ("name-space", "a space", "cookie:a/b c"), ("name-equals", "=", "cookie:a/b=c"), ("name-semicolon", ";", "cookie:a/b;"),
            ("name-comma", ",", "cookie:a/b,c"), ("name-quote", "a quotation mark", 'cookie:a/"b"'), ("name-brace", "{", "cookie:a/{b"),
            ("name-at", "@", "cookie:a/b@c"), ("name-line-feed", "a line feed at the end", "cookie:a/b\n"),
            ("name-nul", "a zero byte", "cookie:a/b\0"), ("name-del", "the byte 0x7F", "cookie:a/b\x7f"),
            ("name-e-acute", "not ASCII", "cookie:a/\u00e9"), ("application-e-acute", "not ASCII", "cookie:\u00e9/b"),
            ("use-e-acute", "not ASCII", "token:a/\u00e9"), ("use-digit", "a digit, but not ASCII", "token:a/\u0663"),
            ("use-line-feed", "a line feed at the end", "token:a/b\n")):
        yield make(f"purpose-{name}", comment, purpose=purpose)

    def ring(name: str, comment: str, expect: str, roots: tuple[bytes, ...], starts: list, ends: list) -> dict:
        return make(f"ring-{name}", comment, expect, keys=[root.hex() for root in roots], seal_from=starts, open_until=ends)
    yield ring("one", "one key", "ok", (A,), [0], [None])
    yield ring("opening-only", "a ring that never seals", "ok", (A, B), [None, None], [None, None])
    yield ring("unset-twice", "two keys without a start are no tie", "ok", (A, B, C), [0, None, None], [None, None, None])
    yield ring("end-after-start", "a key that seals for one second", "ok", (A,), [NOW], [NOW + 1])
    yield ring("ends-alike", "one end for two keys", "ok", (A, B), [0, 1], [NOW, NOW])
    yield ring("end-without-start", "any end will do without a start", "ok", (A, B), [5, None], [None, 0])
    yield ring("same-root", "one root key twice", "refused", (A, A), [0, 1], [None, None])
    yield ring("same-root-unset", "one root key twice, once without a start", "refused", (A, B, A), [0, 1, None], [None] * 3)
    yield ring("same-root-both-unset", "one root key twice, without a start", "refused", (A, B, B), [0, None, None], [None] * 3)
    yield ring("tie", "two keys that start in one second", "refused", (A, B), [NOW, NOW], [None, None])
    yield ring("tie-zero", "the same at 0", "refused", (A, B, C), [0, 5, 0], [None] * 3)
    yield ring("end-at-start", "a key that never seals", "refused", (A,), [NOW], [NOW])
    yield ring("end-before-start", "a key that never seals", "refused", (A, B), [0, NOW], [None, NOW - 1])

    for name, comment, expect, idle, absolute in (
            ("1-1", "the shortest", "ok", 1, 1), ("equal", "idle as long as absolute", "ok", 600, 600),
            ("idle-0", "idle 0: no token would open", "refused", 0, 600), ("both-0", "both 0", "refused", 0, 0),
            ("absolute-0", "absolute 0: no token would open", "refused", 600, 0),
            ("idle-above", "idle above absolute", "refused", 601, 600)):
        for class_ in IDLE:
            yield make(f"{class_}-{name}", comment, expect, settings={class_: timeouts_of(idle, absolute)})
    yield make("remembered-off", "remembered may be switched off", "ok", settings={"remembered": None})
    yield make("leeway-0", "no leeway", "ok", settings={"leeway": 0})


def files() -> dict[str, list[dict]]:
    """Every file and its cases."""
    makers = {"encrypted": encrypted, "signed": signed, "padding": pads, "times": times, "header": header,
              "spelling": spelling, "truncation": truncation, "envelope": envelopes, "purposes": purposes,
              "limits": limits, "order": order, "bound": bound, "csrf": csrf, "settings": settings_,
              "several": several, "sealing": sealing, "setup": setup}
    return {f"{name}.json": list(maker()) for name, maker in makers.items()}
