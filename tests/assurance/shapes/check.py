#!/usr/bin/env python3
"""Recomputes golden.txt from texts.txt, by docs/shape.md alone: none of the crate's code is used."""

import hashlib
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent


def number(text, revision=0):
    """The first 24 bits of SHA-256; 0 is the number of sessions without a shape, so 1 takes its place."""
    hashed = hashlib.sha256(f"hardtack shape 1\nrevision {revision}\n{text}".encode()).digest()
    return max(int.from_bytes(hashed[:3], "big"), 1)


def main():
    assert number("struct {\n  id: u64\n  name: string\n}\n") == 0xD9985F, "the page's worked example"
    lines = [line for line in (HERE / "golden.txt").read_text().splitlines() if not line.startswith("#")]
    golden = [tuple(line.rsplit(" ", 1)) for line in lines]
    texts = re.findall(r"^== (.*)\n((?:(?!== ).*\n)*)", (HERE / "texts.txt").read_text(), re.M)
    computed = []
    for name, text in texts:
        revision = re.search(r" revision (\d+)$", name)
        computed.append((name, f"{number(text, int(revision[1]) if revision else 0):06x}"))
    for one, other in zip(golden, computed):
        if one != other:
            sys.exit(f"golden.txt has {one}, texts.txt makes {other}")
    if len(golden) != len(computed) or len(dict(golden)) != len(golden) or len(golden) < 60:
        sys.exit(f"{len(golden)} numbers, {len(computed)} texts, {len(dict(golden))} names")
    print(f"{len(golden)} numbers, as computed from their texts")


main()
