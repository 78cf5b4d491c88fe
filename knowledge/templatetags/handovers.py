"""What templates say about handovers: their state, and Markdown that people wrote."""

from datetime import date
from typing import Any, Final

import nh3
from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.templatetags.kb import status_tag
from core.wording import in_days
from knowledge.models import Deliverable

register = template.Library()

State = Deliverable.State

# Raw HTML stays text; pictures are left out, because they would tell others who is reading.
# Links that are written once and named again and again are too: ten bytes could draw thousands.
WITHOUT_TABLES: Final = (
    MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("reference")
)
MARKDOWN: Final = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable("reference")
)
# Short rows are filled up to the width of their header: a small text can draw a page without end.
MOST_CELLS: Final = 10_000
# Signs that begin something wait for their end: each costs a look at the rest of the text.
PAIRED: Final = ("[", "*", "_")
MOST_PAIRED: Final = 5_000
LARGEST: Final = 2_000_000  # characters of HTML
TAGS: Final = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a"),
    *("ul", "ol", "li", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES: Final = {"http", "https", "mailto"}
# A page has headings of its own; those of a text come below, without leaving a level out.
FIRST_LEVEL: Final = 3
LAST_LEVEL: Final = 6
KINDS: Final[dict[str, str]] = {
    State.DRAFT: "quiet",
    State.SUBMITTED: "info",
    State.CHANGES_ASKED: "warn",
    State.ACCEPTED: "plain",
    State.WITHDRAWN: "plain",
}


@register.filter
def markdown(text: str, first_level: int = FIRST_LEVEL) -> SafeString:
    """Turn Markdown into HTML that can do nothing but be read; vast tables stay text.

    So does a text that would take long to read or fill page upon page: it is shown as it was typed.
    """
    if sum(text.count(sign) for sign in PAIRED) > MOST_PAIRED:
        return _as_typed(text)
    parser = MARKDOWN if _cells_at_most(text) <= MOST_CELLS else WITHOUT_TABLES
    tokens = _demoted(parser.parse(text), first_level)
    html = parser.renderer.render(tokens, parser.options, {})
    if len(html) > LARGEST:
        return _as_typed(text)
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - cleaned on the line above


@register.simple_tag
def deliverable_tag(deliverable: Deliverable, today: date) -> SafeString:
    """Show where a handover is; what waits too long is red and says how long."""
    label, kind = str(deliverable.get_state_display()), KINDS[deliverable.state]
    if deliverable.state == State.SUBMITTED and deliverable.is_quick_log:
        label = _("waits for the receiver")
    elif deliverable.state == State.SUBMITTED:
        label = _("waits for review")
        if deliverable.review_due_on is not None and deliverable.review_due_on < today:
            label, kind = in_days(deliverable.review_due_on, today), "bad"
    return status_tag(label, kind)


@register.simple_tag(takes_context=True)
def today(context: dict[str, Any]) -> date:
    """Return the day where the organisation is."""
    day: date = context["organisation"].today()
    return day


def _as_typed(text: str) -> SafeString:
    return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escapes what it is given


def _cells_at_most(text: str) -> int:
    """Return how many cells the tables of a text can have; a blank line ends a table."""
    cells = lines = widest = 0
    for line in [*text.splitlines(), ""]:
        if line.strip():
            lines += 1
            widest = max(widest, line.count("|"))
        else:
            cells += lines * widest
            lines = widest = 0
    return cells


def _demoted(tokens: list[Token], first_level: int) -> list[Token]:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    used = sorted({token.tag for token in headings})
    level = first_level - 1
    for token in headings:
        if token.type == "heading_open":
            level = min(first_level + used.index(token.tag), level + 1, LAST_LEVEL)
        token.tag = f"h{level}"
    return tokens
