"""Seeds for the targets that read text, taken from the vectors: fuzz/corpus/ is made anew, never kept."""

import base64
import hashlib
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent
TOKENS = set()
PAYLOADS = set()
KEY_TEXTS = {b"htk1_", b"htk1_" + b"A" * 48}
for path in sorted((ROOT.parent / "tests/vectors/v1").glob("*.json")):
    for case in json.loads(path.read_text())["cases"]:
        TOKENS.update(token.encode() for token in [case.get("token", ""), *case.get("tokens", [])])
        KEY_TEXTS.add(case.get("key_text", "").encode())
        if case.get("payload"):
            PAYLOADS.add(bytes.fromhex(case["payload"]))


def write(target, seeds):
    folder = ROOT / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


CLAIM = b"\xff" * 8 + b"\x7f"
HOSTILE = {CLAIM, b"\0" + CLAIM, b"\x01" + CLAIM, b"\x80\x80\x04" * 99, b"[" * 999, b'{"a":' * 999}
HOSTILE |= {level * 999 for level in [b"\x01", b"\x01\x01", b"\x02\x01\x07", b"\x02\x00\x01", b"\xff\x0f"]}

write("token", TOKENS)
write("payload", PAYLOADS | HOSTILE)
write("key_text", KEY_TEXTS)

# U+0001 to U+0004 stand for keys there.
FIRST = 'secret = "\x01"\nseal_from = 2030-01-01T00:00:00Z\n'
SECOND = 'comment = "\\u00e9\\u0007\\t\\\"\\\\"\nsecret = "\x02"\nopen_until = 2030-02-14T00:01:00Z\nseal_from = 2030-01-31T00:00:00Z\n'
RINGS = [
    f"count = 1\n\n[[key]]\n{FIRST}",
    f"count = 2\n\n[[key]]\n{FIRST}\n[[key]]\n{SECOND}",
    "key = [{ secret = '\x03', seal_from = 9999-12-31 23:59:59.5+01:00 }]",
    "key = [{ secret = '\x03', seal_from = 9999-12-31 23:59:59-01:00 }]",
    f"[[key]]\n{FIRST}[[key]]\n{FIRST}",
    f"[[key]]\n{FIRST}hunter = 2\n",
    f'[[key]]\ncomment = """\nhtk1_abc \x04"""\n{FIRST}',
]
write("ring_file", [ring.encode() for ring in RINGS])


def snapshot(not_before, *entries):
    rows = [key + (1_800_000_000 - age).to_bytes(8, "big") + (1_800_000_000 + left).to_bytes(8, "big") for key, age, left in sorted(entries)]
    return b"\x01" + not_before.to_bytes(8, "big") + len(rows).to_bytes(4, "big") + b"".join(rows)


def keys(count):
    return [bytes([place]) + bytes(14) + bytes([place % 2]) for place in range(count)]


SNAPSHOTS = [snapshot(0), snapshot(1_799_000_000, (bytes(16), 9, 9))]
SNAPSHOTS += [snapshot(0, *((key, 60 + place, 3_600) for place, key in enumerate(keys(count)))) for count in [1, 2, 63, 64, 65, 200]]
write("denylist", SNAPSHOTS)


def record(expiry):
    text = '{"v":1,"record":{"id":7,"data":{"user":{"id":7}},"expiry_date":%s}}' % expiry
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


RECORDS = [record(expiry) for expiry in ["[2030,31,12,0,0,0,0,0,0]", "[2020,31,12,0,0,0,0,0,0]", '"2030-01-31 12:00:00.0 +00:00:00"']]
write("old_cookie", [*RECORDS, b'{"user":"7","name":"\\"Ada\\""}', b"7", b"%41%3d", b"A" * 44 + b"7"])

PROOF = b'{"alg":"ES256","typ":"dbsc+jwt"}', b'{"jti":"cv"}', bytes(64)
PROOF = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in PROOF)
# The first byte chooses what is tried. In a genuine value two bytes say where the rest goes, and over how much of it; nothing leaves it.
SPLICES = [b"", b"\x80\x01A", b"\0\0", b"\xff\x10=", b"\x00\x01{\"kid\":[1,{}],", b"\x00\x01{\"crit\":null,", b"\x00\x01{\"alg\":\"none\",", b"\xf0\xff,\"a\":1e999}"]
write("device", [b"\0" + PROOF, b'\0"' + PROOF + b'";a=1', *(bytes([act]) + splice for act in range(1, 8) for splice in SPLICES)])
