"""Markdown of strangers: what is shown of it stays in proportion to what they wrote."""

import pytest

from knowledge.rules import plain_text
from knowledge.templatetags.handovers import LARGEST, MOST_PAIRED, markdown


def test_a_link_cannot_be_written_once_and_shown_thousands_of_times():
    html = markdown(f"[a]: <https://veldam.example/{'x' * 2_000}>\n\n" + "[a] " * 5_000)

    assert len(html) < 100_000
    assert "<a " not in html


def test_a_link_that_is_written_out_is_a_link():
    assert '<a href="https://veldam.example/"' in markdown("[here](https://veldam.example/)")


@pytest.mark.parametrize("sign", ["[", "![", "*", "_", "**a "])
def test_signs_without_end_are_shown_as_they_were_typed(sign):
    text = sign * (MOST_PAIRED + 1)

    assert markdown(text) == f"<p>{text}</p>"


def test_text_that_is_shown_as_typed_can_do_nothing_either():
    html = markdown("<script>alert(1)</script>\n\n**a**\nb" + "*" * MOST_PAIRED)

    assert "<script>" not in html
    assert html.count("<p>") == 2
    assert "**a**<br>b" in html


def test_many_signs_are_still_a_shape():
    assert markdown("**a** " * 1_000).count("<strong>") == 1_000


def test_a_text_never_draws_a_page_without_end():
    text = "- a\n" * 200_000

    html = markdown(text)

    assert len(html) <= LARGEST
    assert "<li>" not in html


def test_an_excerpt_keeps_a_bracket_that_begins_no_link():
    assert plain_text("[" * 300 + "here](https://veldam.example/)").startswith("[" * 99)
    assert plain_text("see [here](https://veldam.example/) now") == "see here now"
