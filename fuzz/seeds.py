"""Seeds for the targets that read text, taken from the vectors: fuzz/corpus/ is made anew, never kept."""

import hashlib
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent
TOKENS = set()
PAYLOADS = set()
for path in sorted((ROOT.parent / "tests/vectors/v1").glob("*.json")):
    for case in json.loads(path.read_text())["cases"]:
        TOKENS.add(case["token"].encode())
        if case.get("payload"):
            PAYLOADS.add(bytes.fromhex(case["payload"]))


def write(target, seeds):
    folder = ROOT / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


write("token", TOKENS)
write("payload", PAYLOADS)
write("key_text", [b"htk1_", b"htk1_" + b"A" * 48])
