import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.rules import SORT_NAME_LENGTH, sort_name_of


@pytest.mark.parametrize(
    ("name", "sorted_as"),
    [
        ("Özgür Yılmaz", "ozgur yilmaz"),
        ("İsmail Çelik", "ismail celik"),
        ("Jan  van der Berg ", "jan van der berg"),
        ("Łukasz Strauß", "lukasz strauss"),
        ("Søren Ærø", "soren aero"),
        ("Renée d'Hondt-Nuñez", "renee d'hondt-nunez"),
    ],
)
def test_names_are_sorted_without_marks(name, sorted_as):
    assert sort_name_of(name) == sorted_as


@given(st.text(max_size=150))
def test_sorting_a_sorted_name_changes_nothing(name):
    once = sort_name_of(name)

    assert sort_name_of(once) == once
    assert len(once) <= SORT_NAME_LENGTH
    assert not any(unicodedata.combining(letter) for letter in once)
