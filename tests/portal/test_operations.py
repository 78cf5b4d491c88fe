from dataclasses import replace

import pytest

from engagements.operations import facts_of_freelancer
from knowledge.models import Deliverable
from portal.operations import About, PrivateAddressError, begin_handover, save_own_profile
from tests.factories.engagements import FreelancerFactory
from tests.factories.knowledge import form_of
from tests.portal.conftest import actor_of
from tests.races import at_once

ABOUT = About(title="Restart the link", outcome="Anybody can.", kind="text")


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_begin_one_draft(organisation, engagement, author):
    form = form_of(organisation)

    def press():
        return begin_handover(
            engagement_id=engagement.pk, form_id=form.pk, about=ABOUT, actor=author
        )

    first, second = at_once(organisation, press, press)

    assert first == second
    assert Deliverable.objects.get().versions.get().kind == "text"


@pytest.mark.parametrize("email", ["f.idrissi@veldam.example", "joost@devries.example"])
def test_a_private_address_is_nobody_elses_and_does_not_end_with_the_engagement(
    organisation, fatima, author, email
):
    FreelancerFactory(organisation=organisation, business_contact__email="joost@devries.example")
    facts = replace(facts_of_freelancer(fatima), private_email=email)

    with pytest.raises(PrivateAddressError):
        save_own_profile(
            freelancer=fatima, facts=facts, language="nl", mail_language="", actor=author
        )

    fatima.refresh_from_db()
    assert fatima.private_contact is None


def test_a_profile_without_a_login_is_kept_as_well(organisation):
    joost = FreelancerFactory(organisation=organisation, full_name="Joost de Vries")
    facts = facts_of_freelancer(joost)

    save_own_profile(
        freelancer=joost, facts=facts, language="nl", mail_language="", actor=actor_of(joost)
    )

    joost.refresh_from_db()
    assert joost.user is None
    assert joost.full_name == "Joost de Vries"
