"""Fields to search by: what is too long is refused or cut before anything is done with it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Organisation
from core.words import (
    LONGEST_LOOKUP,
    LONGEST_SEARCH,
    MOST_MARKS,
    MOST_WORDS,
    with_few_marks,
    words_of,
)
from dashboards.queries.engagements import search
from engagements import queries
from engagements.forms.lookups import LookupField
from engagements.models import Engagement
from engagements.operations.imports.values import tidy
from engagements.queries import freelancer_list
from engagements.rules import LONGEST_SORTED, sort_name_of
from tests.factories.engagements import EngagementFactory

WORDS = " ".join(f"word{number}" for number in range(2_000))
ACCENTS = "\u0327\u0301" * 60_000


def conditions_in(statements):
    return sum(one["sql"].count(" LIKE ") for one in statements)


def test_only_the_first_words_count():
    assert words_of(" a  b\n") == ["a", "b"]
    assert words_of(WORDS) == WORDS.split()[:MOST_WORDS]
    assert words_of(" " * LONGEST_LOOKUP + "a") == []


@pytest.mark.parametrize(
    ("look", "per_word"),
    [
        (lambda text: search(Engagement.objects.all(), text), 4),
        (queries.engagements_like, 2),
        (queries.freelancers_like, 2),
        (queries.contacts_like, 2),
        (lambda text: freelancer_list(Organisation.objects.get(), text=text, view="all"), 3),
    ],
    ids=["engagement list", "successor", "professional", "contact", "professionals"],
)
def test_a_search_has_as_many_conditions_as_words_at_most(organisation, look, per_word):
    with CaptureQueriesContext(connection) as asked:
        list(look(WORDS))

    assert 0 < conditions_in(asked.captured_queries) <= per_word * MOST_WORDS


def test_marks_in_a_row_are_few_before_anything_is_normalised():
    assert with_few_marks("e" + ACCENTS + "f") == "e" + ACCENTS[:MOST_MARKS] + "f"
    assert with_few_marks("e" + ACCENTS[:MOST_MARKS]) == "e" + ACCENTS[:MOST_MARKS]
    assert len(tidy("e" + ACCENTS)) <= MOST_MARKS + 1


def test_a_sort_name_is_made_of_so_much_of_a_name():
    assert sort_name_of(ACCENTS + "a") == ""
    assert sort_name_of("\u0301" * (LONGEST_SORTED - 1) + "ab") == "a"


def test_a_field_does_not_look_for_what_is_too_long(organisation):
    asked = []
    field = LookupField("contact", lambda text, _limit: asked.append(text) or [], str)

    with pytest.raises(ValidationError) as refused:
        field.clean(ACCENTS)

    assert refused.value.error_list[0].code == "max_length"
    assert asked == []


@pytest.mark.parametrize("name", ["q", "manager"])
def test_a_list_says_what_it_does_not_look_for(hr_client, organisation, name):
    EngagementFactory(organisation=organisation, freelancer__full_name="Fatima El Idrissi")

    with CaptureQueriesContext(connection) as asked:
        page = hr_client.get("/engagements/", {name: "word " * (LONGEST_SEARCH // 5) + "and more"})

    assert page.status_code == 200
    assert "at most 200 characters" in page.content.decode()
    assert "Fatima El Idrissi" in page.content.decode()
    assert conditions_in(asked.captured_queries) == 0
