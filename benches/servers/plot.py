"""Requests a second of each contender, as an SVG that reads on light and on dark ground."""

import html

STYLE = """text{font:12px system-ui,sans-serif;fill:#57606a}.t{font-size:14px;font-weight:600;fill:#24292f}.p{fill:#afb8c1}.o{fill:#0969da}
.n{fill:none;stroke:#8c959f}.ol{fill:#0969da;font-weight:600}
@media(prefers-color-scheme:dark){text{fill:#9198a1}.t{fill:#e6edf3}.p{fill:#59636e}.o{fill:#4493f8}.n{stroke:#7d8590}.ol{fill:#4493f8}}"""
LEFT, TOP, WIDTH, STEP, HEIGHT, GAP = 264, 52, 270, 22, 14, 90
PANELS = {"read": "reading a session", "change": "changing one"}


def draw(found):
    most = max(figures[route]["rate"] for figures in found.values() for route in PANELS)
    bottom, right = TOP + STEP * len(found) + 22, LEFT + 2 * WIDTH + GAP + 70
    title = "Requests a second that one core answers, reading and changing a session"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" role="img" aria-label="{title}">', f"<style>{STYLE}</style>"]
    for panel, (route, label) in enumerate(PANELS.items()):
        left = LEFT + panel * (WIDTH + GAP)
        parts.append(f'<text class="t" x="{left}" y="28">Requests a second, {label}</text>')
        for row, (contender, figures) in enumerate(found.items()):
            # A little ground between the frameworks.
            y, mine = TOP + STEP * row + 8 * ("actix" in contender), "hardtack" in contender
            bar, text = ("o", ' class="ol"') if mine else ("n" if "no session" in contender else "p", "")
            width = WIDTH * figures[route]["rate"] / most
            if panel == 0:
                name = html.escape(contender.replace("`", ""))
                parts.append(f'<text{text} x="{LEFT - 10}" y="{y + 11}" text-anchor="end">{name}</text>')
            parts.append(f'<rect class="{bar}" x="{left}" y="{y}" width="{width:.1f}" height="{HEIGHT}" rx="2"/>')
            parts.append(f'<text{text} x="{left + width + 6:.1f}" y="{y + 11}">{figures[route]["rate"] / 1000:.1f} k</text>')
    return "\n".join([*parts, "</svg>", ""])
