from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import WorkCalendar
from knowledge.models import Deliverable
from knowledge.rules import (
    HANDOVER_SECTIONS,
    TRANSITIONS,
    may_move,
    missing_sections,
    review_due_on,
)

CODES = [section.code for section in HANDOVER_SECTIONS]
ALLOWED = {
    ("draft", "submitted"),
    ("draft", "withdrawn"),
    ("submitted", "accepted"),
    ("submitted", "changes_asked"),
    ("submitted", "withdrawn"),
    ("changes_asked", "submitted"),
    ("changes_asked", "withdrawn"),
}


@pytest.mark.parametrize("state", Deliverable.State.values)
@pytest.mark.parametrize("to", Deliverable.State.values)
def test_a_handover_moves_along_its_path_only(state, to):
    assert may_move(state, to) is ((state, to) in ALLOWED)


def test_the_table_knows_exactly_the_states_of_the_model():
    assert set(TRANSITIONS) == set(Deliverable.State.values)
    with pytest.raises(KeyError):
        may_move("lost", "draft")


@pytest.mark.parametrize(
    ("submitted_on", "due_on"),
    [
        (date(2026, 10, 5), date(2026, 10, 8)),  # Monday
        (date(2026, 10, 9), date(2026, 10, 14)),  # Friday
        (date(2026, 10, 10), date(2026, 10, 14)),  # Saturday
        (date(2026, 4, 2), date(2026, 4, 9)),  # before Easter
        (date(2026, 12, 23), date(2026, 12, 29)),
    ],
)
def test_a_review_is_due_three_working_days_after_the_day_of_handing_in(submitted_on, due_on):
    assert review_due_on(submitted_on, WorkCalendar()) == due_on


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 20))
def test_a_reviewer_has_all_the_working_days_there_are(submitted_on, days):
    calendar = WorkCalendar()
    due_on = review_due_on(submitted_on, calendar, days)

    between = (submitted_on + timedelta(n) for n in range(1, (due_on - submitted_on).days + 1))
    assert sum(map(calendar.is_working_day, between)) == days


def test_the_handover_document_has_its_eight_sections_with_words_for_people():
    assert CODES == [
        "role_snapshot",
        "work_in_flight",
        "decisions",
        "risks",
        "systems",
        "people",
        "rhythms",
        "first_week",
    ]
    with translation.override("en"):
        assert str(HANDOVER_SECTIONS[0].label) == "The role in short"
        assert all(str(section.question).strip() for section in HANDOVER_SECTIONS)


def test_nothing_is_missing_when_each_section_says_something():
    assert missing_sections(dict.fromkeys(CODES, "Zie 1.")) == []
    assert missing_sections({**dict.fromkeys(CODES, "é"), "own": ""}) == []
    assert missing_sections({}) == CODES


@pytest.mark.parametrize("empty", ["", "  \n\t", "-", "...", "\u200b\u00a0", "## **", "_ \u2013 _"])
def test_a_section_of_signs_without_a_word_is_missing(empty):
    assert missing_sections({**dict.fromkeys(CODES, "tekst"), "risks": empty}) == ["risks"]


@given(st.sets(st.sampled_from(CODES)))
def test_exactly_the_empty_sections_are_named_in_their_order(filled):
    sections = {code: "tekst" if code in filled else " " for code in CODES}

    assert missing_sections(sections) == [code for code in CODES if code not in filled]
