#!/usr/bin/env python3
"""Draws docs/floors.svg: a row for each floor of CONTRIBUTING.md's table, a box for each module, with the first sentence of its file.

    docs/floors.py            draws it anew
    docs/floors.py --check    fails where the picture is not what table and code say
"""

import html
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/floors.svg"
WIDTH, HEIGHT, LEFT = 1160, 104, 36
STYLE = """text{font:11px sans-serif;fill:#444} .name{font-weight:bold;font-size:13px;fill:#111} .floor{font-size:20px;fill:#777}
rect{fill:#fff;stroke:#999}
@media (prefers-color-scheme: dark){text{fill:#bbb} .name{fill:#eee} .floor{fill:#999} rect{fill:#161b22;stroke:#555}}"""


def sentence(module):
    files = [ROOT / "src" / f"{module}.rs", ROOT / "src" / module / "mod.rs", ROOT / "src" / module / "hardtack/main.rs"]
    text = next(file for file in files if file.exists()).read_text()
    head = " ".join(line[4:] for line in text.split("\n\n")[0].splitlines() if line.startswith("//! "))
    return re.split(r"(?<=[^\d])[.:] | \(docs/", head)[0].rstrip(".:").replace("`", "")


def box(x, y, width, module):
    yield f'<rect x="{x}" y="{y + 4}" width="{width}" height="{HEIGHT - 10}" rx="4"/>'
    yield f'<text class="name" x="{x + 7}" y="{y + 22}">{module}</text>'
    for line, words in enumerate(textwrap.wrap(sentence(module), int((width - 10) / 5.6))[:5]):
        yield f'<text x="{x + 7}" y="{y + 38 + 13 * line}">{html.escape(words)}</text>'


def picture():
    rows = re.findall(r"^\| (\d) \| ([^|]+) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.M)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT * len(rows)}">', f"<style>{STYLE}</style>"]
    for row, (floor, names) in enumerate(rows):
        modules, y = re.findall(r"`(\w+)`", names), row * HEIGHT
        parts.append(f'<text class="floor" x="10" y="{y + 60}">{floor}</text>')
        share = (WIDTH - LEFT) // len(modules)
        for place, module in enumerate(modules):
            parts.extend(box(LEFT + place * share, y, share - 6, module))
    return "\n".join([*parts, "</svg>", ""])


if "--check" not in sys.argv:
    PICTURE.write_text(picture())
elif PICTURE.read_text() != picture():
    sys.exit("docs/floors.svg is not what CONTRIBUTING.md and src/ say: docs/floors.py draws it anew")
