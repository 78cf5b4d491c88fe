"""What the database refuses about answers after the end, whoever writes the row."""

import pytest
from django.db import IntegrityError, transaction

from knowledge.models import UsefulnessCheck
from tests.factories.knowledge import UsefulnessCheckFactory


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("usefulness_check_after_the_end", {"days_after": 0}),
        ("usefulness_check_enough_iff_used", {"was_enough": None}),
        ("usefulness_check_enough_iff_used", {"was_used": False}),
        ("usefulness_check_hours_in_range", {"hours_lost": "-0.5"}),
        ("usefulness_check_hours_in_range", {"hours_lost": "999.5"}),
    ],
)
def test_answers(organisation, name, wrong):
    check = UsefulnessCheckFactory(receiver__topic__engagement__organisation=organisation)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        UsefulnessCheck.objects.filter(pk=check.pk).update(**wrong)


def test_a_receiver_answers_once_in_each_round(organisation):
    check = UsefulnessCheckFactory(receiver__topic__engagement__organisation=organisation)

    with pytest.raises(IntegrityError, match="usefulness_check_once"), transaction.atomic():
        UsefulnessCheckFactory(receiver=check.receiver)
    UsefulnessCheckFactory(receiver=check.receiver, days_after=90)
