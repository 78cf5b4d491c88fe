"""Build static/icons.svg from the Tabler icons that the product uses.

`make icons` runs it.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules/@tabler/icons/icons/outline"
TARGET = ROOT / "static/icons.svg"

ICONS = [
    "alert-circle",
    "alert-triangle",
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "bell",
    "building",
    "calendar",
    "calendar-plus",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "clock",
    "copy",
    "device-desktop",
    "dots",
    "download",
    "external-link",
    "eye",
    "file-text",
    "filter",
    "history",
    "info-circle",
    "key",
    "link",
    "list-check",
    "lock",
    "logout",
    "mail",
    "mail-x",
    "menu-2",
    "message",
    "paperclip",
    "pencil",
    "player-play",
    "plus",
    "presentation",
    "printer",
    "refresh",
    "search",
    "settings",
    "star",
    "trash",
    "upload",
    "user",
    "users",
    "video",
    "world",
    "x",
    "zzz",
]

NOTE = "<!-- Tabler Icons, MIT License, see icons-LICENSE.txt -->"


def symbol(name: str) -> str:
    """Return one icon as a symbol, without the invisible square that Tabler draws under it."""
    svg = (SOURCE / f"{name}.svg").read_text(encoding="utf-8")
    paths = re.findall(r'<path d="([^"]+)"', svg)
    body = "".join(f'<path d="{path}"/>' for path in paths)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>\n'


def main() -> None:
    """Write the sprite."""
    symbols = "".join(symbol(name) for name in ICONS)
    TARGET.write_text(
        f'{NOTE}<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
