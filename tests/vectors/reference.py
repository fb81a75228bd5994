"""Reference implementation of the Hardtack token format, version 1.

Written from docs/format-v1.md alone; section and row numbers below are those of that page.
Needs Python 3.11 and one package: pip install cryptography

    python3 tests/vectors/reference.py            write v1/*.json and section 7 of the page
    python3 tests/vectors/reference.py --check    write nothing; exit 1 and name the files that differ

Before either, every case is opened with the opener below, which must give the case's own "expect", and every
"ok" case is sealed again from its JSON alone, which must give its token.
"""

import base64
import hashlib
import json
import string
import sys
from dataclasses import dataclass
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
SHORTEST = {"encrypted": 73, "signed": 76}                              # section 2, octets with an empty payload
GREATEST_LENGTH, LEEWAY = 4096, 60                                      # section 5
IDLE = {"standard": 1_800, "remembered": 1_209_600}                     # section 5
ABSOLUTE = {"standard": 28_800, "remembered": 7_776_000}                # section 5
CLASSES = ("standard", "remembered")                                    # section 2: bit 0 of the flags
BOUND = 0x02                                                            # section 2: bit 1
ALPHABET = frozenset(string.ascii_letters + string.digits + "-_")       # RFC 4648 section 5


# --- Section 1: text ---------------------------------------------------------------------------------------------

def encode(octets: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """The octets of the one strict spelling; None for every other spelling."""
    if not ALPHABET.issuperset(text) or len(text) % 4 == 1:
        return None
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return octets if encode(octets) == text else None                   # unused bits of the last character


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
    """The info octets of a derivation: the label, a zero octet, then what the key is bound to."""
    return b"hardtack v1 " + label.encode("ascii") + b"\0" + epoch + purpose.encode("ascii")


def key_id(root: bytes) -> bytes:
    return expand(root, info("key id"), 8)


def encrypt_key(root: bytes, purpose: str, epoch: bytes) -> bytes:
    return expand(root, info("encrypt", purpose, epoch), 32)


def sign_key(root: bytes, purpose: str) -> bytes:
    return expand(root, info("sign", purpose), 32)


def csrf_key(root: bytes, purpose: str) -> bytes:
    return expand(root, info("csrf", purpose), 32)


def key_text(root: bytes) -> str:
    """A root key as text, 53 characters."""
    return "htk1_" + encode(root + hashlib.sha256(b"hardtack v1 key text\0" + root).digest()[:4])


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
                   claims["expires"], claims["class"], claims.get("bound", False))


def header(mode: str, root: bytes, issued: int) -> bytes:
    """version ‖ key id ‖ epoch, 12 octets."""
    return bytes([VERSION[mode]]) + key_id(root) + (issued >> 16).to_bytes(3, "big")


def envelope_fields(claims: Claims, flags: int | None = None) -> dict[str, bytes]:
    """The envelope field by field; `flags` overrides those of the claims."""
    if flags is None:
        flags = claims.flags
    return {"flags": bytes([flags]), "schema": claims.schema.to_bytes(3, "big"), "session id": claims.session_id,
            "created": claims.created.to_bytes(5, "big"), "issued_low": (claims.issued & 0xFFFF).to_bytes(2, "big"),
            "expires": claims.expires.to_bytes(5, "big")}


def envelope(claims: Claims, flags: int | None = None) -> bytes:
    """The envelope, 32 octets."""
    return b"".join(envelope_fields(claims, flags).values())


def padding(length: int, block: int) -> bytes:
    """The pad a sealer with this block adds to `length` octets of envelope ‖ payload."""
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
    """Sections 2 and 4: the token of these claims."""
    assert claims.created <= claims.issued < claims.expires, "section 2"
    body = make_body(mode, claims, payload, block)
    return encode(protect(root, purpose, header(mode, root, claims.issued), body, nonce))


# --- Section 5: opening ------------------------------------------------------------------------------------------

class Refused(Exception):
    """A refusal: the reason, and for "expired" which of the three ends it was."""

    def __init__(self, reason: str, expired_by: str | None = None):
        super().__init__(reason)
        self.reason, self.expired_by = reason, expired_by


def unprotect(mode: str, root: bytes, purpose: str, octets: bytes) -> bytes:
    """Row 8: check the tag and give envelope ‖ payload (‖ pad)."""
    head = octets[:12]
    try:
        if mode == "encrypted":
            return AESGCM(encrypt_key(root, purpose, head[9:12])).decrypt(octets[12:24], octets[24:], head)
        mac = HMAC(sign_key(root, purpose), SHA256())
        mac.update(octets[:-32])
        mac.verify(octets[-32:])                                        # in constant time
        return octets[12:-32]
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


def open_token(mode: str, ring: list[bytes], purpose: str, now: int, token: str) -> tuple[Claims, bytes]:
    """Rows 1 to 15 with the default timeouts: the claims and the payload, or Refused."""
    if len(token) > GREATEST_LENGTH:                                    # row 1
        raise Refused("too long")
    head = decode(token[:16])
    if len(token) < 16 or head is None:                                 # row 2
        raise Refused("malformed")
    if head[0] != VERSION[mode]:                                        # row 3
        raise Refused("wrong version")
    root = next((root for root in ring if key_id(root) == head[1:9]), None)
    if root is None:                                                    # row 4
        raise Refused("unknown key")
    epoch = int.from_bytes(head[9:12], "big")
    if epoch > (now + LEEWAY) >> 16:                                    # row 5
        raise Refused("not yet valid")
    if epoch < max(0, now - max(IDLE.values()) - LEEWAY) >> 16:         # row 6
        raise Refused("expired", "idle")
    octets = decode(token)                                              # the whole: 16 characters are 12 octets
    if octets is None or len(octets) < SHORTEST[mode]:                  # row 7
        raise Refused("malformed")
    body = unprotect(mode, root, purpose, octets)                       # row 8
    if mode == "encrypted":
        body = unpad(body)                                              # row 9
    claims = read_envelope(epoch, body)                                 # row 10
    if claims.issued > now + LEEWAY:                                    # row 11
        raise Refused("not yet valid")
    if now >= claims.expires:                                           # row 12
        raise Refused("expired", "stamp")
    if now >= claims.issued + IDLE[claims.class_]:                      # row 14 (row 13: both classes are on)
        raise Refused("expired", "idle")
    if now >= claims.created + ABSOLUTE[claims.class_]:                 # row 15
        raise Refused("expired", "absolute")
    return claims, body[32:]


# --- Section 9: CSRF tokens --------------------------------------------------------------------------------------

def csrf_octets(root: bytes, purpose: str, session_id: bytes, salt: bytes) -> bytes:
    """key id ‖ salt ‖ tag, 56 octets."""
    return key_id(root) + salt + hmac_sha256(csrf_key(root, purpose), salt, session_id)


def check_csrf(ring: list[bytes], purpose: str, session_id: bytes, token: str) -> None:
    """Rows 1 to 3 of section 9; every key of the ring may open."""
    octets = decode(token) if len(token) == 75 else None
    if octets is None:                                                  # row 1: 75 characters are 56 octets
        raise Refused("malformed")
    root = next((root for root in ring if key_id(root) == octets[:8]), None)
    if root is None:                                                    # row 2
        raise Refused("unknown key")
    try:
        mac = HMAC(csrf_key(root, purpose), SHA256())
        mac.update(octets[8:24] + session_id)
        mac.verify(octets[24:])                                         # row 3, in constant time
    except InvalidSignature:
        raise Refused("not authentic") from None


# --- Section 8: the files ----------------------------------------------------------------------------------------

def self_check(case: dict) -> str | None:
    """What is wrong with this case, or None: open it, and seal it again if it is "ok"."""
    keys = [bytes.fromhex(key) for key in case["keys"]]
    if "made" in case:
        return self_check_csrf(case, keys)
    try:
        claims, payload = open_token(case["mode"], keys, case["purpose"], case["now"], case["token"])
    except Refused as refused:
        got, want = (refused.reason, refused.expired_by), (case["expect"], case.get("expired_by"))
        return None if got == want else f"expected {want}, got {got}"
    if case["expect"] != "ok":
        return f"expected {case['expect']!r}, but it opens"
    if claims.to_json() != case["claims"] or payload.hex() != case["payload"]:
        return "it opens to other claims or another payload"
    nonce = None if case["nonce"] is None else bytes.fromhex(case["nonce"])
    again = seal(case["mode"], keys[case.get("seal_key", 0)], case["purpose"], Claims.from_json(case["claims"]),
                 bytes.fromhex(case["payload"]), nonce, case["pad_block"])
    return None if again == case["token"] else "sealing it again gives another token"


def self_check_csrf(case: dict, keys: list[bytes]) -> str | None:
    """The same for a case of csrf.json."""
    try:
        check_csrf(keys, case["purpose"], bytes.fromhex(case["session_id"]), case["token"])
    except Refused as refused:
        return None if refused.reason == case["expect"] else f"expected {case['expect']!r}, got {refused.reason!r}"
    if case["expect"] != "ok":
        return f"expected {case['expect']!r}, but it is good"
    made = case["made"]
    again = encode(csrf_octets(keys[made["seal_key"]], made["purpose"], bytes.fromhex(made["session_id"]),
                               bytes.fromhex(made["salt"])))
    return None if again == case["token"] else "making it again gives another token"


# --- Section 7: the worked example -------------------------------------------------------------------------------

def show(*rows: tuple[str, str | bytes | int, str]) -> str:
    """A code block of name, value (octets in hex, 32 a line; long text 64 characters a line) and remark."""
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
    digest = hashlib.sha256(b"hardtack v1 key text\0" + root).digest()
    salt, form = bytes.fromhex(csrf["made"]["salt"]), csrf_octets(root, purpose, claims.session_id,
                                                                  bytes.fromhex(csrf["made"]["salt"]))
    assert encode(form) == csrf["token"]
    return "\n".join([
        f"The tokens are vectors as well, `{encrypted['name']}`, `{signed['name']}` and",
        f"`{csrf['name']}`. Bytes are in hex. A value that goes on over several lines has no break in it.\n",
        "The root key, and what follows from it alone:\n",
        show(("root key", root, ""), ("SHA-256", digest[:4], "(its first 4 bytes, for the text)"),
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
