#!/usr/bin/env python3
"""The links of the pages in docs/, which are read in two places: as files in the repository, and as modules of the documentation.

A link's address is named in brackets, `[logging out][login.md#6-logging-out]`, and defined at the page's end, for the repository.
src/guide/links.md defines the same names as items. It stands before each page in the documentation, and of two definitions the
first counts.

    docs/links.py                  turns inline links into these, writes the definitions and src/guide/links.md, and says of blocks
                                   without a language that they are text
    docs/links.py --check          fails where that would change a file, where a page is not in src/guide.rs, or where
                                   documentation names one instead of linking it
    docs/links.py --built FOLDER   fails where a link in the documentation that `cargo doc` built there leads nowhere
"""

import base64
import functools
import html.parser
import os
import pathlib
import re
import sys
import tomllib
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINKS = ROOT / "src/guide/links.md"
FENCE = re.compile(r"(^ *```.*?^ *```$)", re.M | re.S)
INLINE = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)")
NAMED = re.compile(r"\[([^\[\]]+)\]\[\]|\]\[([^\[\]]+)\]")
# A picture follows the machine's colours, light or dark; the documentation has themes of its own.
BACKGROUND = '.b{fill:#fff}@media(prefers-color-scheme:dark){.b{fill:#0d1117}}</style><rect class="b" width="100%" height="100%"/>'
DEFINED = re.compile(r"^\[([^\]]+)\]: \1\n", re.M)


def prose(text, change):
    """The text with `change` made outside its blocks of code."""
    return "".join(labelled(part) if place % 2 else change(part) for place, part in enumerate(FENCE.split(text)))


def labelled(block):
    """A block without a language would be Rust in the documentation."""
    return re.sub(r"^( *```)\n", r"\1text\n", block)


def rewritten(text):
    """The page with all its links named and defined, and the names."""
    named = lambda part: re.sub(r"\[([^\[\]]+)\]\[\1\]", r"[\1][]", INLINE.sub(r"][\1]", part))
    text = prose(DEFINED.sub("", text), named).rstrip("\n") + "\n"
    names = set()
    prose(text, lambda part: names.update(*NAMED.findall(part)) or part)
    names = sorted(names - {""})
    return text + "".join(["\n" * bool(names), *[f"[{name}]: {name}\n" for name in names]]), names


def address(name, repository):
    """Where the name leads in the documentation: to a page, to a picture in the link itself, or to a file of the repository."""
    path, _, anchor = name.partition("#")
    file = ROOT / "docs" / path
    if not file.exists():
        sys.exit(f"docs/: there is no {path}")
    if path.endswith(".svg"):
        picture = file.read_text().replace("</style>", BACKGROUND, 1)
        return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
    if file.parent == ROOT / "docs" and path.endswith(".md"):
        return f"crate::guide::{module(path)}" + (f"#{anchor}" if anchor else "")
    path = os.path.relpath(file.resolve(), ROOT)
    return f"{repository}/blob/main/{path}" if repository else f'crate::guide#files "{path}"'


def module(page):
    return page.removesuffix(".md").replace("-", "_")


def pages():
    """What each file must hold, and what is wrong beside that."""
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    guide, files, faults, all_names = (ROOT / "src/guide.rs").read_text(), {}, [], set()
    for page in sorted((ROOT / "docs").glob("*.md")):
        files[page], names = rewritten(page.read_text())
        all_names.update(names)
        line = f'#[doc = include_str!("guide/links.md")]\n#[doc = include_str!("../docs/{page.name}")]\npub mod {module(page.name)} {{}}'
        if line not in guide:
            faults.append(f"docs/{page.name}: not in src/guide.rs, which has for each page a line that says what it is, and then\n{line}")
    for source in sorted((ROOT / "src").rglob("*.rs")):
        spans = re.findall(r"^ *//[/!].*`docs/([\w.-]+\.md)`", source.read_text(), re.M)
        faults += [f"{source.relative_to(ROOT)}: names docs/{page}: link [`guide::{module(page)}`]" for page in spans if (ROOT / "docs" / page) in files]
    links = [f"[{name}]: {address(name, package.get('repository'))}\n" for name in sorted(all_names)]
    files[LINKS] = "\n<!-- written by docs/links.py -->\n\n" + "".join(links) + "\n"
    return files, faults


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            elif (tag, name) in (("a", "href"), ("img", "src")) and not re.match(r"[a-z]+:", value or "data:"):
                self.links.append(value)


def dead(built):
    """Links of the guide and into it that lead nowhere. Other pages have links of other crates; in source files, fragments are lines."""
    page = functools.cache(lambda file: Page(file.read_text()))
    guide = built / "hardtack/guide"
    if not guide.is_dir():
        sys.exit(f"{guide}: there is no such folder")
    for file in sorted(guide.parent.rglob("*.html")):
        if guide not in file.parents and "guide/" not in file.read_text():
            continue
        for link in page(file).links:
            path, _, anchor = link.partition("#")
            target = pathlib.Path(os.path.normpath(file.parent / urllib.parse.unquote(path))) if path else file
            if guide not in [*file.parents, *target.parents]:
                continue
            if not target.is_file():
                yield f"{file.relative_to(built)}: {link}: no such file"
            elif anchor and target.relative_to(built).parts[0] != "src" and not {anchor, urllib.parse.unquote(anchor)} & page(target).ids:
                yield f"{file.relative_to(built)}: {link}: no such place on the page"


def shown_to_fail():
    """A check that cannot fail shows nothing."""
    text = "[a.md](a.md) and [b\nc](b.md#d) [e](#e) [f](https://f)\n```rust\nx[0](y)[1][2]\n```\n"
    page, names = rewritten(text)
    assert names == ["a.md", "b.md#d"] and page.endswith("```\n\n[a.md]: a.md\n[b.md#d]: b.md#d\n"), page
    assert page.startswith("[a.md][] and [b\nc][b.md#d] [e](#e) [f](https://f)\n```rust\nx[0](y)[1][2]\n"), page
    assert rewritten(page) == (page, names) and rewritten("```\nx\n```\n") == ("```text\nx\n```\n", [])
    sound = Page('<a href="x.html#y"><img src="data:z"><p id="y">')
    assert sound.links == ["x.html#y"] and sound.ids == {"y"}


def main():
    shown_to_fail()
    if sys.argv[1:2] == ["--built"]:
        found = list(dead(pathlib.Path(sys.argv[2]).resolve()))
    else:
        files, found = pages()
        for file, text in files.items():
            if sys.argv[1:] != ["--check"]:
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
            elif not file.exists() or file.read_text() != text:
                found.append(f"{file.relative_to(ROOT)}: links are not as docs/links.py writes them: run it")
    print(*found, sep="\n", end="\n" * bool(found))
    sys.exit(f"{len(found)} links to mend" if found else None)


main()
