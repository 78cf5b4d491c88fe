"""HR changes a policy: the form, what it refuses where, the preview, and two editors at once."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from core.actors import Actor
from core.scoping import organisation_scope
from knowledge import operations
from knowledge.forms.policies import MOST_NEW
from knowledge.models import TransferPolicy
from tests.factories.accounts import MembershipFactory
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory, FreelancerFactory
from tests.factories.knowledge import (
    KnowledgeAgreementFactory,
    LedgerEntryFactory,
    facts_of,
    next_version,
    policy_of,
)

D = Decimal
LIST = reverse("knowledge:policy_list")
CREATE = reverse("knowledge:policy_create")
PEER = Actor(label="Jan Mol")


def words_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def edit(policy):
    return reverse("knowledge:policy_edit", args=[policy.public_id])


def detail(policy):
    return reverse("knowledge:policy_detail", args=[policy.public_id])


def filled(client, url, **changes):
    """Return what a browser would send of the form at an address, with changes."""
    form = client.get(url).context["form"]
    rows = form.rows
    data = {field.html_name: field.value() for field in [*form, *rows.management_form]}
    for row in rows:
        data |= {field.html_name: field.value() for field in row}
    data = {
        name: value
        for name, value in data.items()
        if value not in (None, "") and value is not False
    }
    return {**data, **changes}


def row_of(data, code):
    """Return the prefix of the row of a form."""
    return next(name.removesuffix("-code") for name, value in data.items() if value == code)


def newest(code="proven"):
    return TransferPolicy.objects.get(code=code, is_current=True)


def test_the_form_begins_as_a_copy_of_the_newest_version(hr_client, policy):
    saved = next_version(policy, {"runbook": {"base_points": D("9.50")}})

    response = hr_client.get(edit(policy))
    assert response["Location"] == edit(saved)
    data = filled(hr_client, edit(saved))

    assert (data["accepted_share"], data["received_share"], data["applied_share"]) == (30, 40, 30)
    runbook = row_of(data, "runbook")
    assert (data[f"{runbook}-base_points"], data[f"{runbook}-cap_share"]) == (D("9.5"), 30)
    assert data["forms-TOTAL_FORMS"] == 12  # and an empty row for a new one


def test_saving_makes_a_version_and_shows_it(hr_client, hr, policy):
    data = filled(hr_client, edit(policy), accepted_share="20", received_share="50", note="Proef")
    data[f"{row_of(data, 'runbook')}-base_points"] = "9.5"
    del data[f"{row_of(data, 'workshop')}-is_on"]

    response = hr_client.post(edit(policy), data, follow=True)

    saved = newest()
    assert response.redirect_chain == [(detail(saved), 302)]
    assert (saved.version, saved.accepted_share, saved.note) == (2, D("0.20"), "Proef")
    assert saved.saved_by == str(hr.user)
    assert saved.forms.get(code="runbook").base_points == D("9.50")
    assert not saved.forms.filter(code="workshop").exists()
    assert saved.forms.get(code="presentation").minimum_attendees == 2
    assert saved.forms.get(code="handover-document").once_only
    text = words_of(response)
    assert "Proef" in text
    policy.refresh_from_db()
    assert policy.forms.filter(code="workshop").exists()


def test_what_is_not_changed_is_copied_to_the_letter(hr_client, policy):
    hr_client.post(edit(policy), filled(hr_client, edit(policy)))

    assert newest().version == 2
    before, after = facts_of(policy), facts_of(newest())
    assert before == after


def test_a_form_that_is_off_can_be_put_on_again(hr_client, policy):
    without = next_version(policy, without=["workshop"])
    data = filled(hr_client, edit(without))
    row = row_of(data, "workshop")
    assert f"{row}-is_on" not in data

    hr_client.post(edit(without), {**data, f"{row}-is_on": "on"})

    assert newest().forms.get(code="workshop").base_points == 20


def test_a_new_form_is_added_and_one_more_row_keeps_what_was_typed(hr_client, policy):
    data = filled(hr_client, edit(policy))
    new = {
        "forms-11-name_nl": "Sparren",
        "forms-11-name_en": "Sparring",
        "forms-11-base_points": "5",
        "forms-11-cap_share": "20",
        "forms-11-kind": "meeting",
        "forms-11-minimum_attendees": "2",
    }

    more = hr_client.post(edit(policy), {**data, **new, "more": "1"})
    assert more.status_code == 200
    assert newest() == policy
    rows = more.context["form"].rows
    assert len(rows.forms) == 13
    assert 'value="Sparren"' in more.content.decode()
    hr_client.post(edit(policy), {**data, **new})

    form = newest().forms.get(code="sparring")
    assert (form.is_session, form.is_written, form.minimum_attendees) == (True, False, 2)
    assert (form.base_points, form.cap_share) == (5, D("0.20"))


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"accepted_share": "31"}, "accepted_share", "The three stages make 101%"),
        ({"accepted_share": "x"}, "accepted_share", "Enter a whole number"),
        ({"accepted_share": "-1", "received_share": "71"}, "accepted_share", "greater than or"),
        ({"written_cap_share": "101"}, "written_cap_share", "less than or equal to 100"),
        ({"minimum_forms": "12"}, "minimum_forms", "Only 11 forms are on"),
        ({"minimum_forms": "0"}, "minimum_forms", "greater than or equal to 1"),
        ({"name_nl": " "}, "name_nl", "This field is required"),
        ({"runbook-cap_share": ""}, "runbook-cap_share", "Fill in a limit, or let it count once"),
        ({"runbook-base_points": ""}, "runbook-base_points", "This field is required"),
        ({"runbook-base_points": "-2"}, "runbook-base_points", "greater than or equal to 0"),
        ({"runbook-name_nl": "WORKSHOP"}, "workshop-name_nl", "Another form has this name"),
    ],
)
@pytest.mark.parametrize("button", ["save", "page"])
def test_bad_input_is_told_at_the_field_and_saves_nothing(
    button, changes, field, message, hr_client, policy
):
    data = filled(hr_client, edit(policy))
    for name, value in changes.items():
        code, dash, column = name.rpartition("-")
        data[f"{row_of(data, code)}-{column}" if dash else name] = value
    if button == "page":
        data["page"] = "1"

    response = hr_client.post(edit(policy), data)

    assert response.status_code == 422
    form = response.context["form"]
    code, dash, column = field.rpartition("-")
    rows = {row.known.code: row for row in form.rows if row.known}
    errors = (rows[code] if dash else form).errors[column]
    assert message in errors[0]
    assert message in words_of(response)
    assert TransferPolicy.objects.count() == 2


def test_a_name_that_another_policy_has_is_told_at_the_field(hr_client, policy):
    data = filled(hr_client, edit(policy), name_nl="Eenvoudig")

    response = hr_client.post(edit(policy), data)

    assert response.status_code == 409
    assert response.context["form"].errors["name_nl"] == ["Another policy has this name."]


def test_with_every_form_off_nothing_is_left(hr_client, policy):
    data = {
        name: value
        for name, value in filled(hr_client, edit(policy)).items()
        if not name.endswith("-is_on")
    }

    response = hr_client.post(edit(policy), data)

    assert response.status_code == 422
    assert "Leave at least one form of handing over on." in words_of(response)


def test_a_form_that_was_tampered_with_says_so(hr_client, policy):
    response = hr_client.post(edit(policy), {"name_nl": "x"})

    assert response.status_code == 422
    assert TransferPolicy.objects.count() == 2


def test_the_second_of_two_editors_hears_it_and_loses_nothing(hr_client, policy):
    data = filled(hr_client, edit(policy), note="Van mij", accepted_share="20", received_share="50")
    theirs = operations.save_policy(
        policy_id=policy.pk,
        facts=facts_of(policy, {"runbook": {"base_points": D(30)}}),
        actor=PEER,
    )

    refused = hr_client.post(edit(policy), data)

    assert refused.status_code == 409
    assert newest() == theirs
    text = words_of(refused)
    assert "Jan Mol saved version 2 meanwhile" in text
    body = refused.content.decode()
    assert 'value="Van mij"' in body
    assert f'action="{edit(theirs)}"' in body
    assert detail(theirs) in body
    assert [(one.what, one.before, one.after) for one in refused.context["differences"]] == [
        ("Procedure or runbook: base points", "8", "30")
    ]

    again = hr_client.post(edit(theirs), data)

    assert again.status_code == 302
    assert (newest().version, newest().note) == (3, "Van mij")
    assert newest().forms.get(code="runbook").base_points == 8


def ended(organisation, full_name, amount, base="8.00"):
    today = organisation.today()
    engagement = EngagementFactory(
        organisation=organisation,
        freelancer=FreelancerFactory(organisation=organisation, full_name=full_name),
        starts_on=today - timedelta(days=200),
        ends_on=today - timedelta(days=20),
        knowledge_target=100,
    )
    LedgerEntryFactory(
        deliverable__engagement=engagement, amount=amount, uncapped=amount, base_points=base
    )
    return engagement


def test_the_preview_shows_the_largest_differences_and_saves_nothing(
    hr_client, organisation, policy
):
    for number in range(12):
        ended(organisation, f"Persoon {number:02}", "2.40")
    data = filled(hr_client, edit(policy), accepted_share="20", received_share="50")
    data[f"{row_of(data, 'runbook')}-base_points"] = "20"

    response = hr_client.post(edit(policy), {**data, "page": "1"})

    assert response.status_code == 200
    assert TransferPolicy.objects.count() == 2
    text = words_of(response)
    assert "12 engagements: 12 would have earned more, 0 less, 0 the same." in text
    assert "The largest differences: Persoon 11 (+1.6)" in text
    assert "1–10 of 12" in text
    assert 'value="Persoon' not in text
    second = hr_client.post(edit(policy), {**data, "page": "2"})
    assert "11–12 of 12" in words_of(second)
    assert [engagement.freelancer.full_name for _o, engagement in second.context["rows"]] == [
        "Persoon 01",
        "Persoon 00",
    ]
    unchanged = hr_client.post(edit(policy), {**filled(hr_client, edit(policy)), "page": "1"})
    assert "12 engagements: 0 would have earned more, 0 less, 12 the same." in words_of(unchanged)


def test_a_preview_without_engagements_says_so(hr_client, policy):
    response = hr_client.post(edit(policy), {**filled(hr_client, edit(policy)), "page": "1"})

    assert "No engagement with this policy ended in this time." in words_of(response)


def test_a_policy_of_ones_own_begins_as_a_copy(hr_client, organisation, policy):
    assert "It begins as a copy of Proven." in words_of(hr_client.get(CREATE))
    url = f"{CREATE}?copy=simple"
    data = filled(hr_client, url, name_nl="Eigen", name_en="Own")
    assert data["accepted_share"] == 100

    preview = hr_client.post(url, {**data, "page": "1"})
    assert preview.status_code == 200
    response = hr_client.post(url, data, follow=True)

    own = newest("own")
    assert response.redirect_chain == [(detail(own), 302)]
    assert (own.version, own.is_default, own.forms.count()) == (1, False, 11)
    refused = hr_client.post(url, data)
    assert refused.status_code == 409
    assert "Another policy has this name." in words_of(refused)


def test_without_any_policy_there_is_nothing_to_copy(hr_client):
    assert hr_client.get(CREATE)["Location"] == LIST


def test_hr_chooses_which_policy_new_agreements_use(hr_client, organisation, policy):
    simple = policy_of(organisation, "simple")
    choose = reverse("knowledge:policy_choose", args=[simple.public_id])
    assert choose in hr_client.get(LIST).content.decode()

    response = hr_client.post(choose, follow=True)

    assert "New agreements use “Simple”." in words_of(response)
    assert TransferPolicy.objects.get(is_default=True) == simple
    assert "already" in words_of(hr_client.post(choose, follow=True))


def test_older_versions_stay_readable_and_say_what_is_newer(hr_client, policy, hr):
    saved = next_version(policy, note="Anders")

    text = words_of(hr_client.get(detail(policy)))

    assert "This is an older version." in text
    assert "The newest is version 2." in text
    assert "as delivered" in text
    assert "Anders" in text
    assert "saved version 2 of the points policy Proven" in text
    assert "This is an older version." not in words_of(hr_client.get(detail(saved)))


def test_a_version_says_what_changed(hr_client, policy):
    saved = next_version(
        policy,
        {"workshop": {"once_only": True}},
        without=["questions"],
        accepted_share=D("0.35"),
        applied_share=D("0.25"),
        written_cap_share=None,
    )

    told = hr_client.get(detail(saved)).context["differences"]

    assert [(one.what, one.before, one.after) for one in told] == [
        ("share on acceptance", "30%", "35%"),
        ("share when applied", "30%", "25%"),
        ("cap of written forms", "40%", "—"),
        ("Workshop: once per engagement", "no", "yes"),
        ("Questions or short explanation", "on", "off"),
    ]
    assert hr_client.get(detail(policy)).context["differences"] == []


def test_an_agreement_says_which_version_it_has_and_offers_the_newest(
    hr_client, engagement, policy
):
    KnowledgeAgreementFactory(engagement=engagement, policy=policy, in_force=True)
    next_version(policy)
    propose = reverse("knowledge:agreement_propose", args=[engagement.public_id])

    text = words_of(hr_client.get(propose))
    assert "Points policy: Proven, version 1." in text
    assert "Use Proven, version 2, instead" in text
    newer = hr_client.get(propose, {"policy": "proven"})

    assert newer.context["form"].policy.version == 2


def test_an_auditor_reads_and_changes_nothing(organisation, policy):
    client = Client()
    client.force_login(MembershipFactory(organisation=organisation, role="auditor").user)

    for url in (LIST, detail(policy)):
        response = client.get(url)
        assert response.status_code == 200
        assert edit(policy) not in response.content.decode()
    for url in (edit(policy), CREATE):
        assert client.get(url).status_code == client.post(url).status_code == 403


def test_another_organisation_finds_nothing(hr_client, db):
    other = OrganisationFactory()
    with organisation_scope(other):
        policy = policy_of(other)

    for url in (edit(policy), detail(policy)):
        assert hr_client.get(url).status_code == 404
    choose = reverse("knowledge:policy_choose", args=[policy.public_id])
    assert hr_client.post(choose).status_code == 404


def test_the_pages_need_few_queries(hr_client, organisation, policy, django_assert_max_num_queries):
    for _number in range(3):
        policy = next_version(policy, without=["questions"] if _number == 1 else ())
        ended(organisation, "Iemand", "2.40")
    data = filled(hr_client, edit(policy))

    for url in (edit(policy), detail(policy), CREATE):
        with django_assert_max_num_queries(15):
            hr_client.get(url)
    with django_assert_max_num_queries(25):
        hr_client.post(edit(policy), {**data, "page": "1"})


@pytest.mark.parametrize("button", [{}, {"more": "1"}])
@pytest.mark.parametrize("total", [200, "9" * 5_000])
def test_a_page_draws_as_many_rows_as_a_policy_can_have(hr_client, policy, total, button):
    data = filled(hr_client, edit(policy)) | {"forms-TOTAL_FORMS": total} | button

    response = hr_client.post(edit(policy), data)

    assert response.status_code == (200 if button else 422)
    assert len(response.context["form"].rows.forms) <= 11 + MOST_NEW
    assert newest().version == 1
