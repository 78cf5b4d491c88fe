"""Whoever adds a constraint breaks it once: by its name, in a test of what the database refuses."""

import pytest
from django.apps import apps

from tests import proofs

NAMES = sorted(
    constraint.name
    for config in apps.get_app_configs()
    if config.name in {"core", *proofs.PACKAGES}
    for model in config.get_models()
    for constraint in model._meta.constraints
)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_named_where_the_database_refuses(name):
    assert [
        path for path, words in proofs.words_by_file().items() if {name, "IntegrityError"} <= words
    ]


def test_every_constraint_has_a_name_of_ours():
    assert len(NAMES) == len(set(NAMES)) > 60
