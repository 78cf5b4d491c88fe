from datetime import date, timedelta
from typing import get_args

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import DomainError
from engagements.rules import (
    ChangeKind,
    EndChangeError,
    check_end_change,
    kind_of_change,
    kinds_allowed,
)

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
START, END = date(2026, 3, 1), date(2026, 9, 30)


@pytest.mark.parametrize(
    ("new_end", "kind"),
    [
        (date(2026, 10, 1), "extension"),
        (date(2026, 9, 29), "shortening"),
        (date(2026, 6, 2), "shortening"),
        (date(2026, 6, 1), "early_end"),
        (date(2026, 5, 1), "early_end"),
        (date(2026, 9, 30), None),
    ],
)
def test_a_kind_is_suggested_from_the_dates(new_end, kind):
    assert kind_of_change(END, new_end, today=date(2026, 6, 1)) == kind


@pytest.mark.parametrize(
    ("new_end", "kinds"),
    [
        (date(2027, 1, 1), {"extension", "correction"}),
        (date(2026, 6, 1), {"shortening", "early_end", "correction"}),
        (START, {"shortening", "early_end", "correction"}),
        (END, set()),
        (date(2026, 2, 28), set()),
    ],
)
def test_each_kind_is_allowed_in_its_own_direction_only(new_end, kinds):
    assert set(kinds_allowed(START, END, new_end)) == kinds
    for kind in get_args(ChangeKind):
        if kind in kinds:
            check_end_change(kind, START, END, new_end)
        else:
            with pytest.raises(EndChangeError):
                check_end_change(kind, START, END, new_end)


@pytest.mark.parametrize(
    ("kind", "new_end", "text"),
    [
        ("correction", date(2026, 2, 28), "before the start date"),
        ("correction", END, "already the end date"),
        ("extension", date(2026, 9, 1), "An extension ends later"),
        ("shortening", date(2026, 10, 1), "A shortening or early end"),
        ("early_end", date(2026, 10, 1), "A shortening or early end"),
    ],
)
def test_a_refused_change_says_what_is_wrong(kind, new_end, text):
    with pytest.raises(DomainError) as caught:
        check_end_change(kind, START, END, new_end)
    with translation.override("en"):
        assert text in str(caught.value)


@given(DAYS, DAYS, DAYS, DAYS)
def test_the_suggestion_is_always_allowed_when_anything_is(start, old_end, new_end, today):
    assume(start <= old_end)
    kinds = kinds_allowed(start, old_end, new_end)

    assert bool(kinds) == (new_end != old_end and new_end >= start)
    if kinds:
        assert kind_of_change(old_end, new_end, today) in kinds
        assert "correction" in kinds


@given(DAYS, st.integers(1, 900))
def test_no_change_can_be_called_by_the_name_of_its_opposite(old_end, days):
    later = set(kinds_allowed(old_end, old_end, old_end + timedelta(days)))
    earlier = set(kinds_allowed(old_end - timedelta(days), old_end, old_end - timedelta(days)))

    assert later & earlier == {"correction"}
