"""What the look promises and a person cannot see at a glance: contrast, weight, clean templates."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.base import Lexer, TokenType

STATIC = settings.BASE_DIR / "static"
TEMPLATES = settings.BASE_DIR / "templates"
KIB = 1000
FILTER = re.compile(r"\|\s*(\w+)")

TEXT_PAIRS = [
    *(
        (text, ground)
        for text in ("ink", "soft", "brand", "bad", "accent-text")
        for ground in ("paper", "card")
    ),
    ("ink", "brand-soft"),
    ("soft", "brand-soft"),
    ("brand-strong", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("accent-text", "accent-soft"),
    ("quiet-text", "quiet"),
    ("ink", "quiet"),
    *((kind, f"{kind}-soft") for kind in ("ok", "warn", "bad", "info")),
    *(("ink", f"{kind}-soft") for kind in ("ok", "warn", "bad", "info")),
    *(("brand", f"{kind}-soft") for kind in ("ok", "warn", "info")),
]
SHAPE_PAIRS = [
    ("control", "card"),
    ("control", "paper"),
    ("accent", "card"),
    ("brand", "card"),
    ("brand", "paper"),
]


def colours(theme: str) -> dict[str, str]:
    source = (STATIC / "scss/_tokens.scss").read_text()
    block = source.split(f"@mixin {theme} {{")[1].split("\n}")[0]
    return dict(re.findall(r"--kb-([a-z-]+): (#[0-9a-f]+);", block))


def luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted([luminance(first), luminance(second)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(theme, text, ground):
    palette = colours(theme)

    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_and_borders_stand_out_from_their_ground(theme, shape, ground):
    palette = colours(theme)

    assert contrast(palette[shape], palette[ground]) >= 3


def test_both_themes_name_the_same_colours():
    assert colours("light").keys() == colours("dark").keys()


def test_no_stylesheet_but_the_tokens_names_a_colour():
    for source in (STATIC / "scss").glob("*.scss"):
        if source.name in ("_tokens.scss", "_bootstrap.scss"):
            continue
        rules = re.sub(r"//.*", "", source.read_text())
        assert re.findall(r"(?<!&)#[0-9a-f]{3,8}\b|rgba?\(", rules) in ([], ["#fff"]), source.name


def test_stylesheets_know_no_left_and_right():
    sided = re.compile(r"\b(margin|padding|border|inset)-(left|right)\b|^\s*(left|right):", re.M)

    for source in (STATIC / "scss").glob("*.scss"):
        assert not sided.search(source.read_text()), source.name


def packed(path: Path | str | None) -> int:
    assert path
    return len(gzip.compress(Path(path).read_bytes(), 9))


def test_the_stylesheet_stays_below_25_kilobytes():
    assert packed(STATIC / "css/kb.css") <= 25 * KIB


def test_our_own_script_stays_below_3_kilobytes_unpacked():
    assert (STATIC / "js/kb.js").stat().st_size <= 3 * KIB


def test_a_first_view_leaves_25_kilobytes_for_its_page():
    scripts = packed(STATIC / "js/kb.js") + packed(finders.find("django_htmx/htmx-4.min.js"))
    pictures = packed(STATIC / "icons.svg") + packed(STATIC / "favicon.svg")
    font = (STATIC / "fonts/figtree-latin.woff2").stat().st_size

    assert packed(STATIC / "css/kb.css") + scripts + pictures + font <= 55 * KIB


def test_what_is_compiled_mentions_only_our_own_server():
    style = (STATIC / "css/kb.css").read_text()

    outside = [link for link in re.findall(r"url\(([^)]+)\)", style) if "//" in link]
    assert [link for link in outside if "www.w3.org" not in link] == []


def pages() -> list[Path]:
    return [path for path in TEMPLATES.rglob("*.html") if "emails" not in path.parts]


def test_no_page_has_a_style_or_a_script_of_its_own():
    inline = re.compile(
        r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|hx-on", re.I
    )

    found = {
        str(path.relative_to(TEMPLATES)) for path in pages() if inline.search(path.read_text())
    }
    assert found == set()


def test_no_template_is_longer_than_eighty_lines():
    long = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if len(path.read_text().splitlines()) > 80
    }
    assert long == set()


def test_every_partial_says_in_its_first_line_what_it_needs():
    partials = [
        path
        for path in TEMPLATES.rglob("*.html")
        if path.name.startswith("_") or path.parent.name == "_components"
    ]

    assert partials
    silent = {
        str(path.relative_to(TEMPLATES))
        for path in partials
        if not re.match(r"\{# .+ #\}", path.read_text().splitlines()[0])
    }
    assert silent == set()


def test_tables_have_captions_and_their_heads_a_scope():
    for path in pages():
        text = path.read_text()
        tables = len(re.findall(r"<table\b", text))
        if tables:
            assert len(re.findall(r"<caption\b", text)) == tables, path
        for head in re.findall(r"<th\b(?!ead)[^>]*>", text):
            assert "scope=" in head, path


def test_templates_load_what_they_use_and_nothing_else():
    """`kb` is there by itself; a library that is missing stops its template from compiling."""
    engine = engines["django"].engine
    needless = []
    for path in [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]:
        text = path.read_text()
        engine.from_string(text)
        loaded, words = words_of(text)
        needless += [
            (str(path.relative_to(TEMPLATES)), name)
            for name in loaded
            if name == "kb" or words.isdisjoint(words_in(engine.template_libraries[name]))
        ]
    assert needless == []


def words_of(text):
    """Return which libraries a template loads, and its tags and filters."""
    loaded, words = [], set()
    for token in Lexer(text).tokenize():
        if token.token_type == TokenType.BLOCK and token.contents.startswith("load "):
            loaded += token.contents.split()[1:]
        elif token.token_type == TokenType.BLOCK:
            words |= {token.contents.split()[0], *FILTER.findall(token.contents)}
        elif token.token_type == TokenType.VAR:
            words |= set(FILTER.findall(token.contents))
    return loaded, words


def words_in(library):
    return {*library.tags, *library.filters}
