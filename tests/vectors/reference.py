"""Reference implementation of the Hardtack token format, version 1.

Written from docs/format-v1.md alone; section and row numbers below are those of that page.
Needs Python 3.11 and one package: pip install cryptography

    python3 tests/vectors/reference.py            write v1/*.json and section 7 of the page
    python3 tests/vectors/reference.py --check    write nothing; exit 1 and name the files that differ

Before either, every case is tried from its JSON alone: it must give its own "expect", and a good token that is sealed
again must come out the same.
"""

import base64
import hashlib
import json
import re
import string
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

HERE = Path(__file__).resolve().parent
VECTORS = HERE / "v1"
PAGE = HERE.parent.parent / "docs" / "format-v1.md"

VERSION = {"encrypted": 1, "signed": 2}                                 # section 2
SHORTEST = {"encrypted": 73, "signed": 76}                              # section 2, bytes with an empty payload
GREATEST_LENGTH, LEEWAY = 4096, 60                                      # section 5
IDLE = {"standard": 1_800, "remembered": 1_209_600}                     # section 5
ABSOLUTE = {"standard": 28_800, "remembered": 7_776_000}                # section 5
LABEL = "[A-Za-z0-9._-]{1,64}"                                          # section 3
COOKIE_NAME = "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}"                       # section 3
PURPOSE = re.compile(f"cookie:{LABEL}/{COOKIE_NAME}|token:{LABEL}/{LABEL}")
CLASSES = ("standard", "remembered")                                    # section 2: bit 0 of the flags
BOUND = 0x02                                                            # section 2: bit 1
ALPHABET = frozenset(string.ascii_letters + string.digits + "-_")       # RFC 4648 section 5


class Refused(Exception):
    """A refusal: the reason, and for "expired" which of the three ends it was."""

    def __init__(self, reason: str, expired_by: str | None = None):
        super().__init__(reason)
        self.reason, self.expired_by = reason, expired_by


# --- Section 1: text ---------------------------------------------------------------------------------------------

def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """The bytes of the one strict spelling; None for every other spelling."""
    if not ALPHABET.issuperset(text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if encode(data) == text else None                   # unused bits of the last character


def by_bytes(text: str) -> str:
    """One character for each byte of what came in, so that lengths count bytes."""
    return text.encode("utf-8").decode("latin-1")


# --- Section 3: keys ---------------------------------------------------------------------------------------------

def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the parts one after the other."""
    mac = HMAC(key, SHA256())
    for part in parts:
        mac.update(part)
    return mac.finalize()


def extract(root: bytes) -> bytes:
    """PRK: HKDF-Extract is HMAC with the salt as key (RFC 5869 section 2.2)."""
    return hmac_sha256(b"hardtack v1", root)


def expand(root: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand from the root's PRK."""
    return HKDFExpand(algorithm=SHA256(), length=length, info=info).derive(extract(root))


def info(label: str, purpose: str = "", epoch: bytes = b"") -> bytes:
    """The info bytes of a derivation: the label, a zero byte, then what the key is bound to."""
    return b"hardtack v1 " + label.encode("ascii") + b"\0" + epoch + purpose.encode("ascii")


def key_id(root: bytes) -> bytes:
    return expand(root, info("key id"), 8)


def encrypt_key(root: bytes, purpose: str, epoch: bytes) -> bytes:
    return expand(root, info("encrypt", purpose, epoch), 32)


def sign_key(root: bytes, purpose: str) -> bytes:
    return expand(root, info("sign", purpose), 32)


def csrf_key(root: bytes, purpose: str) -> bytes:
    return expand(root, info("csrf", purpose), 32)


def checksum(root: bytes) -> bytes:
    return hashlib.sha256(b"hardtack v1 key text\0" + root).digest()[:4]


def key_text(root: bytes) -> str:
    """A root key as text, 53 characters."""
    return "htk1_" + encode(root + checksum(root))


def read_key_text(text: str) -> bytes:
    """The root key of its text, or Refused."""
    text = by_bytes(text)
    data = decode(text[5:]) if len(text) == 53 and text.startswith("htk1_") else None
    if data is None or checksum(data[:32]) != data[32:]:
        raise Refused("refused")
    return data[:32]


def check_purpose(purpose: str) -> None:
    if not PURPOSE.fullmatch(purpose):
        raise Refused("refused")


@dataclass(frozen=True)
class RingKey:
    """A root key of a ring; without `seal_from` it only opens, without `open_until` it opens for good."""

    root: bytes
    seal_from: int | None = None
    open_until: int | None = None

    def opens(self, now: int) -> bool:
        return self.open_until is None or now < self.open_until


def make_ring(keys: list[RingKey]) -> list[RingKey]:
    """The keys, if they are a ring."""
    starts = [key.seal_from for key in keys if key.seal_from is not None]
    ends_first = any(None not in (key.seal_from, key.open_until) and key.open_until <= key.seal_from for key in keys)
    if not keys or len({key_id(key.root) for key in keys}) < len(keys) or len(set(starts)) < len(starts) or ends_first:
        raise Refused("refused")
    return keys


def sealing_key(ring: list[RingKey], now: int) -> RingKey:
    """Of the keys whose start has come and that still open, the one with the latest start."""
    may_seal = [key for key in ring if key.seal_from is not None and key.seal_from <= now and key.opens(now)]
    if not may_seal:
        raise Refused("no sealing key")
    return max(may_seal, key=lambda key: key.seal_from)


def opening_key(ring: list[RingKey], named: bytes, now: int) -> bytes:
    """The root of the key that has this id and still opens."""
    root = next((key.root for key in ring if key_id(key.root) == named and key.opens(now)), None)
    if root is None:
        raise Refused("unknown key")
    return root


# --- Sections 2 and 4: sealing -----------------------------------------------------------------------------------

@dataclass(frozen=True)
class Claims:
    """What the envelope (and the epoch) say; `class_` is one of CLASSES, `bound` tells sessions bound to a device."""

    schema: int
    session_id: bytes
    created: int
    issued: int
    expires: int
    class_: str
    bound: bool = False

    @property
    def flags(self) -> int:
        return CLASSES.index(self.class_) | (BOUND if self.bound else 0)

    def to_json(self) -> dict:
        claims = {"schema": self.schema, "session_id": self.session_id.hex(), "created": self.created,
                  "issued": self.issued, "expires": self.expires, "class": self.class_}
        return claims | {"bound": True} if self.bound else claims

    @classmethod
    def from_json(cls, claims: dict) -> "Claims":
        return cls(claims["schema"], bytes.fromhex(claims["session_id"]), claims["created"], claims["issued"],
                   claims.get("expires", 0), claims["class"], claims.get("bound", False))


@dataclass(frozen=True)
class Settings:
    """Section 5: what an opener and a sealer are set to; a class that is switched off has no timeouts."""

    leeway: int = LEEWAY
    limit: int = GREATEST_LENGTH
    standard: tuple[int, int] = (IDLE["standard"], ABSOLUTE["standard"])
    remembered: tuple[int, int] | None = (IDLE["remembered"], ABSOLUTE["remembered"])

    def __post_init__(self):
        for idle, absolute in filter(None, (self.standard, self.remembered)):
            if not 1 <= idle <= absolute:
                raise Refused("refused")

    def timeouts(self, class_: str) -> tuple[int, int]:
        """idle and absolute."""
        timeouts = {"standard": self.standard, "remembered": self.remembered}[class_]
        if timeouts is None:
            raise Refused("class off")
        return timeouts

    @property
    def longest_idle(self) -> int:
        return max(idle for idle, _ in filter(None, (self.standard, self.remembered)))

    @classmethod
    def from_json(cls, settings: dict) -> "Settings":
        pair = lambda value: value and (value["idle"], value["absolute"])  # noqa: E731
        return cls(**{name: pair(value) if name in CLASSES else value for name, value in settings.items()})


def header(mode: str, root: bytes, issued: int) -> bytes:
    """version ‖ key id ‖ epoch, 12 bytes."""
    return bytes([VERSION[mode]]) + key_id(root) + (issued >> 16).to_bytes(3, "big")


def envelope_fields(claims: Claims, flags: int | None = None) -> dict[str, bytes]:
    """The envelope field by field; `flags` overrides those of the claims."""
    if flags is None:
        flags = claims.flags
    return {"flags": bytes([flags]), "schema": claims.schema.to_bytes(3, "big"), "session id": claims.session_id,
            "created": claims.created.to_bytes(5, "big"), "issued_low": (claims.issued & 0xFFFF).to_bytes(2, "big"),
            "expires": claims.expires.to_bytes(5, "big")}


def envelope(claims: Claims, flags: int | None = None) -> bytes:
    """The envelope, 32 bytes."""
    return b"".join(envelope_fields(claims, flags).values())


def padding(length: int, block: int) -> bytes:
    """The pad a sealer with this block adds to `length` bytes of envelope ‖ payload."""
    return b"\x80" + bytes(-(length + 1) % block)


def gcm(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM: ciphertext ‖ tag 16."""
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def protect(root: bytes, purpose: str, head: bytes, body: bytes, nonce: bytes | None) -> bytes:
    """Seal any body under any header: encrypted where there is a nonce, else signed."""
    if nonce is None:
        return head + body + hmac_sha256(sign_key(root, purpose), head, body)
    return head + nonce + gcm(encrypt_key(root, purpose, head[9:12]), nonce, body, head)


def make_body(mode: str, claims: Claims, payload: bytes, block: int, flags: int | None = None) -> bytes:
    """What is signed after the header, or the plaintext of what is encrypted."""
    body = envelope(claims, flags) + payload
    return body + padding(len(body), block) if mode == "encrypted" else body


def seal(mode: str, root: bytes, purpose: str, claims: Claims, payload: bytes, nonce: bytes | None,
         block: int) -> str:
    """Section 2: the token of these claims."""
    assert claims.created <= claims.issued < claims.expires, "section 2"
    body = make_body(mode, claims, payload, block)
    return encode(protect(root, purpose, header(mode, root, claims.issued), body, nonce))


def stamp(settings: Settings, claims: Claims, expires_by: int | None, now: int) -> Claims:
    """Section 4, steps 1 to 3: the claims with the times of a sealing at `now`."""
    idle, absolute = settings.timeouts(claims.class_)
    issued = max(claims.issued, now)
    expires = min(issued + idle, claims.created + absolute)
    if expires_by is not None:
        expires = min(expires, expires_by)
    if not claims.created <= issued < expires:
        raise Refused("over")
    return replace(claims, issued=issued, expires=expires)


def seal_at(settings: Settings, mode: str, ring: list[RingKey], purpose: str, claims: Claims, expires_by: int | None,
            payload: bytes, nonce: bytes | None, block: int, now: int) -> tuple[RingKey, Claims, str]:
    """Section 4: the key, the claims and the token of a sealing at `now`, or Refused."""
    claims = stamp(settings, claims, expires_by, now)
    key = sealing_key(ring, now)                                        # step 4
    if max(claims.created, claims.issued, claims.expires) >= 2**40 or claims.schema >= 2**24:
        raise Refused("out of range")                                   # step 5
    token = seal(mode, key.root, purpose, claims, payload, nonce, block)
    if len(token) > settings.limit:                                     # step 6
        raise Refused("too long")
    return key, claims, token


# --- Section 5: opening ------------------------------------------------------------------------------------------

def unprotect(mode: str, root: bytes, purpose: str, data: bytes) -> bytes:
    """Row 8: check the tag and give envelope ‖ payload (‖ pad)."""
    head = data[:12]
    try:
        if mode == "encrypted":
            return AESGCM(encrypt_key(root, purpose, head[9:12])).decrypt(data[12:24], data[24:], head)
        mac = HMAC(sign_key(root, purpose), SHA256())
        mac.update(data[:-32])
        mac.verify(data[-32:])                                        # in constant time
        return data[12:-32]
    except (InvalidTag, InvalidSignature):
        raise Refused("not authentic") from None


def unpad(plaintext: bytes) -> bytes:
    """Row 9: strip zeros, then exactly one 0x80, without reaching into the envelope."""
    stripped = plaintext.rstrip(b"\0")
    if len(stripped) < 33 or stripped[-1] != 0x80:
        raise Refused("malformed")
    return stripped[:-1]


def read_envelope(epoch: int, body: bytes) -> Claims:
    """Row 10."""
    number = lambda start, end: int.from_bytes(body[start:end], "big")  # noqa: E731
    flags, issued = body[0], epoch << 16 | number(25, 27)
    claims = Claims(number(1, 4), body[4:20], number(20, 25), issued, number(27, 32),
                    CLASSES[flags & 1], bool(flags & BOUND))
    if flags & 0xFC or not claims.created <= claims.issued < claims.expires:
        raise Refused("malformed")
    return claims


def open_token(settings: Settings, mode: str, ring: list[RingKey], purpose: str, now: int,
               token: str) -> tuple[Claims, bytes]:
    """Rows 1 to 15: the claims and the payload, or Refused."""
    token, leeway = by_bytes(token), settings.leeway
    if len(token) > settings.limit:                                     # row 1
        raise Refused("too long")
    head = decode(token[:16])
    if len(token) < 16 or head is None:                                 # row 2
        raise Refused("malformed")
    if head[0] != VERSION[mode]:                                        # row 3
        raise Refused("wrong version")
    root = opening_key(ring, head[1:9], now)                            # row 4
    epoch = int.from_bytes(head[9:12], "big")
    if epoch > (now + leeway) >> 16:                                    # row 5
        raise Refused("not yet valid")
    if epoch < max(0, now - settings.longest_idle - leeway) >> 16:      # row 6
        raise Refused("expired", "idle")
    data = decode(token)                                              # the whole: 16 characters are 12 bytes
    if data is None or len(data) < SHORTEST[mode]:                  # row 7
        raise Refused("malformed")
    body = unprotect(mode, root, purpose, data)                       # row 8
    if mode == "encrypted":
        body = unpad(body)                                              # row 9
    claims = read_envelope(epoch, body)                                 # row 10
    if claims.issued > now + leeway:                                    # row 11
        raise Refused("not yet valid")
    if now >= claims.expires:                                           # row 12
        raise Refused("expired", "stamp")
    idle, absolute = settings.timeouts(claims.class_)                   # row 13
    if now >= claims.issued + idle:                                     # row 14
        raise Refused("expired", "idle")
    if now >= claims.created + absolute:                                # row 15
        raise Refused("expired", "absolute")
    return claims, body[32:]


def open_several(open_one: Callable[[str], Claims], tokens: list[str]) -> int | None:
    """The index of the one session among the values of a cookie's name, None where there are none, or Refused."""
    opened, refusals = [], []
    for index, token in enumerate(tokens):
        try:
            opened.append((index, open_one(token)))
        except Refused as refused:
            refusals.append(refused)
    if len({claims.session_id for _, claims in opened}) > 1:
        raise Refused("ambiguous")
    if not opened and refusals:
        raise refusals[0]
    return max(opened, key=lambda one: one[1].issued, default=(None,))[0]   # max gives the first of equals


# --- Section 9: CSRF tokens --------------------------------------------------------------------------------------

def csrf_bytes(root: bytes, purpose: str, session_id: bytes, salt: bytes) -> bytes:
    """key id ‖ salt ‖ tag, 56 bytes."""
    return key_id(root) + salt + hmac_sha256(csrf_key(root, purpose), salt, session_id)


def check_csrf(ring: list[RingKey], purpose: str, session_id: bytes, now: int, token: str) -> None:
    """Rows 1 to 3 of section 9."""
    token = by_bytes(token)
    data = decode(token) if len(token) == 75 else None
    if data is None:                                                  # row 1: 75 characters are 56 bytes
        raise Refused("malformed")
    root = opening_key(ring, data[:8], now)                           # row 2
    try:
        mac = HMAC(csrf_key(root, purpose), SHA256())
        mac.update(data[8:24] + session_id)
        mac.verify(data[24:])                                         # row 3, in constant time
    except InvalidSignature:
        raise Refused("not authentic") from None


# --- Section 8: the files ----------------------------------------------------------------------------------------

class Read:
    """What a case says, read from its JSON."""

    def __init__(self, case: dict):
        self.case, roots = case, case.get("keys", [])
        every = [None] * len(roots)
        self.keys = [RingKey(bytes.fromhex(root), start, end) for root, start, end in
                     zip(roots, case.get("seal_from", every), case.get("open_until", every), strict=True)]
        self.mode, self.purpose, self.now = case.get("mode"), case.get("purpose"), case.get("now")
        self.block = case.get("pad_block")
        self.settings = Settings.from_json(case.get("settings", {}))
        self.nonce = bytes.fromhex(case["nonce"]) if case.get("nonce") else None
        self.payload = bytes.fromhex(case["payload"]) if case.get("payload") is not None else None
        self.claims = Claims.from_json(case["claims"]) if case.get("claims") else None
        if self.keys:
            make_ring(self.keys)
        if self.purpose is not None:
            check_purpose(self.purpose)

    def open(self, token: str) -> tuple[Claims, bytes]:
        return open_token(self.settings, self.mode, self.keys, self.purpose, self.now, token)


def self_check(case: dict) -> str | None:
    """What is wrong with this case, or None."""
    check = next(check for field, check in CHECKS.items() if field in case)
    try:
        result = check(case)
    except Refused as refused:
        result = {"expect": refused.reason, "expired_by": refused.expired_by}
    faults = [f"{field} is {case.get(field)!r}, found {value!r}" for field, value in result.items()
              if case.get(field) != value]
    return "; ".join(faults) or None


def check_opening(case: dict) -> dict:
    """Open it, and seal it again: exactly, and as a sealer would with the same settings."""
    read = Read(case)
    claims, payload = read.open(case["token"])
    key = read.keys[case.get("seal_key", 0)]
    again = seal(read.mode, key.root, read.purpose, claims, payload, read.nonce, read.block)
    return {"expect": "ok", "claims": claims.to_json(), "payload": payload.hex(), "token": again,
            "unsealable": None if would_seal(read.settings, claims) else True}


def would_seal(settings: Settings, claims: Claims) -> bool:
    """Whether a sealer with these settings stamps these very times."""
    try:
        return stamp(settings, claims, claims.expires, claims.issued) == claims
    except Refused:
        return False


def check_several(case: dict) -> dict:
    """Open all, with rows 16 and 17, and choose."""
    read, revoked = Read(case), [bytes.fromhex(session) for session in case["revoked"]]

    def open_one(token: str) -> Claims:
        claims, _ = read.open(token)
        if claims.session_id in revoked:                                # row 16
            raise Refused("revoked")
        if claims.schema not in case["schemas"]:                        # row 17
            raise Refused("unknown shape")
        return claims
    chosen = open_several(open_one, case["tokens"])
    return {"expect": "none"} if chosen is None else {"expect": "ok", "chosen": chosen}


def check_sealing(case: dict) -> dict:
    read = Read(case)
    key, claims, token = seal_at(read.settings, read.mode, read.keys, read.purpose, read.claims, case["expires_by"],
                                 read.payload, read.nonce, read.block, read.now)
    return {"expect": "ok", "seal_key": read.keys.index(key), "issued": claims.issued, "expires": claims.expires,
            "token": token}


def check_csrf_case(case: dict) -> dict:
    """Check it, and make it again."""
    read, made = Read(case), case["made"]
    check_csrf(read.keys, read.purpose, bytes.fromhex(case["session_id"]), case.get("now", 1_800_000_000), case["token"])
    again = csrf_bytes(read.keys[made["seal_key"]].root, made["purpose"], bytes.fromhex(made["session_id"]),
                        bytes.fromhex(made["salt"]))
    return {"expect": "ok", "token": encode(again)}


def check_key_text(case: dict) -> dict:
    root = read_key_text(case["key_text"])
    return {"expect": "ok", "root": root.hex(), "key_text": key_text(root)}


def check_setup(case: dict) -> dict:
    Read(case)
    return {"expect": "ok"}


# Which check a case is for: by the first of these fields that it has.
CHECKS = {"made": check_csrf_case, "tokens": check_several, "expires_by": check_sealing, "token": check_opening,
          "key_text": check_key_text, "name": check_setup}


def greatest_number(value: object) -> int:
    """The greatest number in a JSON value."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max([value if isinstance(value, int) else 0, *map(greatest_number, values)])


# --- Section 7: the worked example -------------------------------------------------------------------------------

def show(*rows: tuple[str, str | bytes | int, str]) -> str:
    """A code block of name, value (bytes in hex, 32 a line; long text 64 characters a line) and remark."""
    lines = []
    for name, value, remark in rows:
        text = value.hex() if isinstance(value, bytes) else str(value)
        pieces = [text[at:at + 64] for at in range(0, len(text), 64)]
        lines.append(f"{name:<13} {pieces[0]}" + (f"   {remark}" if remark else ""))
        lines += [" " * 14 + piece for piece in pieces[1:]]
    return "\n".join(["```text", *lines, "```\n"])


def worked_example(encrypted: dict, signed: dict, csrf: dict) -> str:
    """Section 7 from two vectors that differ in their mode alone and a third for the same session, with every value on the
    way."""
    root, purpose, block = bytes.fromhex(encrypted["keys"][0]), encrypted["purpose"], encrypted["pad_block"]
    claims, nonce = Claims.from_json(encrypted["claims"]), bytes.fromhex(encrypted["nonce"])
    payload = bytes.fromhex(encrypted["payload"])
    fields, head, signed_head = (envelope_fields(claims), *(header(mode, root, claims.issued) for mode in VERSION))
    epoch, body = head[9:12], envelope(claims) + payload
    pad, key = padding(len(body), block), encrypt_key(root, purpose, head[9:12])
    sealed, tag = gcm(key, nonce, body + pad, head), hmac_sha256(sign_key(root, purpose), signed_head, body)
    assert encode(head + nonce + sealed) == encrypted["token"] and encode(signed_head + body + tag) == signed["token"]
    binding = "bound" if claims.bound else "not bound"
    remarks = {"flags": f"class {claims.class_}, {binding} to a device", "schema": claims.schema, "created": claims.created,
               "issued_low": f"{claims.issued} & 0xFFFF", "expires": claims.expires}
    salt, form = bytes.fromhex(csrf["made"]["salt"]), csrf_bytes(root, purpose, claims.session_id,
                                                                  bytes.fromhex(csrf["made"]["salt"]))
    assert encode(form) == csrf["token"]
    return "\n".join([
        f"The tokens are vectors as well, `{encrypted['name']}`, `{signed['name']}` and",
        f"`{csrf['name']}`. Bytes are in hex. A value that goes on over several lines has no break in it.\n",
        "The root key, and what follows from it alone:\n",
        show(("root key", root, ""), ("SHA-256", checksum(root), "(its first 4 bytes, for the text)"),
             ("key text", key_text(root), ""), ("PRK", extract(root), ""),
             ("key id info", info("key id"), ""), ("key id", key_id(root), "")),
        f"The session: class {claims.class_}, created at {claims.created}, issued at {claims.issued}, expiring at",
        f"{claims.expires}. The purpose is `{purpose}`, the payload the {len(payload)} bytes"
        f" `{payload.decode('ascii')}`.",
        "The envelope and the payload are the same in both forms:\n",
        show(("epoch", epoch, f"{claims.issued} >> 16 = {claims.issued >> 16}"),
             *((name, value, remarks.get(name, "")) for name, value in fields.items()),
             ("envelope", envelope(claims), ""), ("payload", payload, ""),
             ("purpose", purpose.encode("ascii"), "")),
        f"**Encrypted**, with padding block {block}; envelope and payload are {len(body)} bytes, so the pad takes"
        f" {len(pad)}:\n",
        show(("info", info("encrypt", purpose, epoch), ""), ("encrypt key", key, ""), ("nonce", nonce, ""),
             ("pad", pad, ""), ("plaintext", body + pad, ""), ("header = AAD", head, ""),
             ("ciphertext", sealed[:-16], ""), ("tag", sealed[-16:], ""), ("token", encrypted["token"], "")),
        "**Signed**:\n",
        show(("info", info("sign", purpose), ""), ("sign key", sign_key(root, purpose), ""),
             ("header", signed_head, ""), ("MAC input", signed_head + body, ""), ("tag", tag, ""),
             ("token", signed["token"], "")),
        "A **CSRF token** of this session (section 9), under the same root key and purpose:\n",
        show(("info", info("csrf", purpose), ""), ("csrf key", csrf_key(root, purpose), ""), ("salt", salt, ""),
             ("MAC input", salt + claims.session_id, ""), ("tag", form[24:], ""), ("token", csrf["token"], ""))])


def page_with_example(text: str) -> str:
    """The page with this text between the two markers of section 7."""
    page, start, end = PAGE.read_text("utf-8"), "<!-- example:", "<!-- end of example -->"
    assert page.count(start) == 1 and page.count(end) == 1, "section 7 must have its two markers"
    before, rest = page.split(start)
    marker = rest.split("\n", 1)[0]
    return f"{before}{start}{marker}\n\n{text}\n{end}{rest.split(end)[1]}"


def main() -> int:
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    import cases

    files = cases.files()
    wrong = [f"{case['name']}: {fault}" for file in files.values() for case in file if (fault := self_check(case))]
    names = [case["name"] for file in files.values() for case in file]
    wrong += [f"{case['name']}: a number that not every JSON reader keeps" for file in files.values() for case in file
              if greatest_number(case) >= 2**53]
    wrong += [f"{name}: not the only case of this name" for name in sorted({n for n in names if names.count(n) > 1})]
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 1

    texts = {VECTORS / name: json.dumps({"cases": file}, indent=1) + "\n" for name, file in files.items()}
    texts[PAGE] = page_with_example(worked_example(*cases.worked_examples()))
    if "--check" not in sys.argv:
        VECTORS.mkdir(exist_ok=True)
        for path, text in texts.items():
            path.write_bytes(text.encode("utf-8"))
        print(f"wrote {len(names)} cases in {len(files)} files, and section 7 of {PAGE.name}")
        return 0
    differ = [path for path, text in texts.items() if not path.exists() or path.read_bytes() != text.encode("utf-8")]
    differ += sorted(set(VECTORS.glob("*.json")) - set(texts))
    for path in differ:
        print("differs:", path.relative_to(PAGE.parent.parent), file=sys.stderr)
    if not differ:
        print(f"{len(names)} cases in {len(files)} files agree, and section 7 of {PAGE.name}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    import reference                                                    # the copy that cases.py imports as well

    sys.exit(reference.main())
