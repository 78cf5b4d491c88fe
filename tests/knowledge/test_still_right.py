"""Is it still right? Who is asked, by which mail, and what each answer does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.actors import Actor
from core.calendars import add_months
from core.errors import InvalidTransitionError
from core.models import AuditEvent
from engagements.models import Engagement
from knowledge import operations
from knowledge.models import Deliverable, LibraryItem
from knowledge.operations import LibraryError, LibraryFacts
from knowledge.planners import LibraryPlanner
from knowledge.queries import asked_to_check, changes_wanted, item_of, owner_of
from notifications.models import Reminder, ReminderRule
from notifications.operations import ship_rules
from tests.factories.core import ContactFactory
from tests.knowledge.conftest import accepted_about, name, say
from tests.races import just_behind

HANNA = Actor(label="Hanna Smit")


@pytest.fixture
def item(topic, author, reviewer):
    """Something in the library that the professional made, about a topic."""
    return item_of(accepted_about(topic, author, reviewer))


def again(item):
    return item_of(Deliverable.objects.get(pk=item.deliverable_id))


def check_on(item, day):
    Deliverable.objects.filter(pk=item.deliverable_id).update(check_on=day)
    return again(item)


def end(engagement, days_ago=10):
    today = engagement.organisation.today()
    Engagement.objects.filter(pk=engagement.pk).update(
        starts_on=today - timedelta(days=200), ends_on=today - timedelta(days=days_ago)
    )


def test_professional_answers_for_it_as_long_as_they_work_here(item, engagement):
    assert owner_of(item) == engagement.freelancer.business_contact


def test_after_the_end_the_receiver_who_can_do_most_answers(item, topic, reviewer, engagement):
    first = name(topic, reviewer)
    second = name(topic, reviewer, email="tom@veldam.example", called="Tom Wester")
    say(first, deliverable_id=item.deliverable_id)
    say(second, "performed", "Ik deed het zelf, zonder hulp.", deliverable_id=item.deliverable_id)
    end(engagement)

    assert owner_of(again(item)) == second.contact


def test_after_the_end_without_a_receiver_inside_the_manager_answers(
    item, topic, reviewer, engagement
):
    outside = ContactFactory(
        organisation=item.organisation, email="x@elders.example", is_external=True
    )
    name(topic, reviewer, email=outside.email)
    end(engagement)

    assert owner_of(again(item)) == engagement.manager


def test_nobody_who_can_be_reached_leaves_it_to_hr(item, engagement):
    end(engagement)
    manager = engagement.manager
    manager.is_active = False
    manager.save()

    assert owner_of(again(item)) is None


def test_who_was_chosen_answers(item):
    chosen = ContactFactory(organisation=item.organisation)
    facts = LibraryFacts(credit="F. El Idrissi", licence="cc_by", owner_id=chosen.pk)

    operations.describe_item(deliverable_id=item.deliverable_id, facts=facts, actor=HANNA)

    item = again(item)
    assert owner_of(item) == chosen
    assert (item.credit, item.licence) == ("F. El Idrissi", "cc_by")


@pytest.mark.parametrize(
    "facts",
    [
        {"credit": " ", "licence": "internal"},
        {"credit": "X", "licence": "geen"},
        {"credit": "X", "licence": "internal", "owner_id": 0},
    ],
)
def test_half_a_description_is_refused(item, facts):
    with pytest.raises(LibraryError):
        operations.describe_item(
            deliverable_id=item.deliverable_id, facts=LibraryFacts(**facts), actor=HANNA
        )


def test_still_right_moves_the_next_question_on_and_settles_a_wanted_change(item, organisation):
    operations.ask_item_change(
        deliverable_id=item.deliverable_id, what="De knop heet anders", actor=HANNA
    )
    operations.confirm_still_right(deliverable_id=item.deliverable_id, actor=HANNA)

    item = again(item)
    today = organisation.today()
    assert item.deliverable.check_on == add_months(today, organisation.library_check_months)
    assert (item.checked_by, item.change_wanted) == ("Hanna Smit", "")
    assert AuditEvent.objects.filter(action="knowledge.library.checked").exists()


def test_wanted_change_is_seen_by_hr_and_asks_nobody_any_more(item, organisation, engagement):
    item = check_on(item, organisation.today())
    own = [engagement.freelancer.business_contact_id]
    assert asked_to_check(own, organisation.today()) == [item]

    operations.ask_item_change(
        deliverable_id=item.deliverable_id, what=" De knop heet anders ", actor=HANNA
    )

    assert asked_to_check(own, organisation.today()) == []
    (wanted,) = changes_wanted()
    assert wanted.change_wanted == "De knop heet anders"


def test_what_nobody_uses_leaves_and_can_come_back(item):
    operations.retire_item(
        deliverable_id=item.deliverable_id, reason="Vervangen door een nieuw systeem", actor=HANNA
    )
    assert not LibraryItem.objects.shelved().exists()
    item.deliverable.refresh_from_db()
    assert item.deliverable.state == "accepted"  # it stays with the engagement

    operations.return_item(deliverable_id=item.deliverable_id, actor=HANNA)

    assert LibraryItem.objects.shelved().exists()


def test_answers_without_words_or_too_late_are_refused(item):
    key = item.deliverable_id
    with pytest.raises(LibraryError):
        operations.ask_item_change(deliverable_id=key, what=" ", actor=HANNA)
    with pytest.raises(LibraryError):
        operations.retire_item(deliverable_id=key, reason="", actor=HANNA)
    with pytest.raises(InvalidTransitionError):
        operations.return_item(deliverable_id=key, actor=HANNA)
    operations.retire_item(deliverable_id=key, reason="Weg", actor=HANNA)
    for act in (operations.retire_item, operations.ask_item_change):
        words = {"reason" if act is operations.retire_item else "what": "Weg"}
        with pytest.raises(InvalidTransitionError):
            act(deliverable_id=key, actor=HANNA, **words)
    with pytest.raises(InvalidTransitionError):
        operations.confirm_still_right(deliverable_id=key, actor=HANNA)


@pytest.mark.django_db(transaction=True)
def test_two_people_taking_it_out_at_the_same_moment_do_so_once(organisation, item):
    def retire(label):
        return operations.retire_item(
            deliverable_id=item.deliverable_id, reason=label, actor=Actor(label=label)
        )

    late = just_behind(organisation, lambda: retire("Eerste"), lambda: retire("Tweede"))

    assert isinstance(late, InvalidTransitionError)
    assert LibraryItem.objects.get().retired_by == "Eerste"


# -- by mail


@pytest.fixture
def rules(organisation):
    ship_rules(organisation=organisation)
    return {rule.code: rule for rule in ReminderRule.objects.all()}


def due(organisation, rules, at=None):
    return list(LibraryPlanner().due(organisation, at or timezone.now(), rules))


def test_owner_hears_two_weeks_before_and_a_week_after_and_then_hr(
    item, organisation, rules, engagement, hr
):
    today = organisation.today()
    item = check_on(item, today + timedelta(days=30))
    assert due(organisation, rules) == []

    item = check_on(item, today + timedelta(days=10))
    (draft,) = due(organisation, rules)
    assert (draft.band, draft.contact_id) == ("-14", engagement.freelancer.business_contact_id)
    assert draft.item == item.deliverable.public_id

    check_on(item, today - timedelta(days=40))
    bands = {draft.band: draft.contact_id for draft in due(organisation, rules)}
    assert set(bands) == {"-14", "+7", "hr+15"}
    assert bands["hr+15"] == hr.contact_id


def test_switched_off_rule_asks_nobody(item, organisation, rules):
    check_on(item, organisation.today())
    rules["library_check"].is_active = False

    assert due(organisation, rules) == []


def reminder_of(draft, organisation):
    return Reminder(
        pk=1,
        organisation=organisation,
        rule=draft.rule,
        band=draft.band,
        about_on=draft.about_on,
        contact_id=draft.contact_id,
        item=draft.item,
    )


def test_line_says_what_is_asked_and_is_gone_once_it_was_answered(item, organisation, rules):
    item = check_on(item, organisation.today() - timedelta(days=1))
    (draft,) = due(organisation, rules)
    reminder = reminder_of(draft, organisation)

    (line,) = LibraryPlanner().lines([reminder])
    assert item.deliverable.title in line.text
    assert line.is_late

    operations.confirm_still_right(deliverable_id=item.deliverable_id, actor=HANNA)
    assert list(LibraryPlanner().lines([reminder])) == []


def test_line_is_gone_when_somebody_else_answers_for_it_by_now(item, organisation, rules):
    item = check_on(item, organisation.today())
    (draft,) = due(organisation, rules)
    facts = LibraryFacts(
        credit="X", licence="internal", owner_id=ContactFactory(organisation=organisation).pk
    )
    operations.describe_item(deliverable_id=item.deliverable_id, facts=facts, actor=HANNA)

    assert list(LibraryPlanner().lines([reminder_of(draft, organisation)])) == []


def test_many_things_are_looked_up_together(
    item, topic, author, reviewer, organisation, rules, django_assert_num_queries
):
    handed = [item.deliverable_id]
    handed += [accepted_about(topic, author, reviewer, title=f"Deel {n}").pk for n in range(4)]
    Deliverable.objects.filter(pk__in=handed).update(check_on=organisation.today())
    first = name(topic, reviewer)
    end(item.deliverable.engagement)

    # Items, engagements, receivers, what they said, HR and their contacts.
    with django_assert_num_queries(6):
        drafts = due(organisation, rules)
    with django_assert_num_queries(4):  # whose they may be as well
        asked = asked_to_check([first.contact_id], organisation.today())

    assert {draft.contact_id for draft in drafts} == {first.contact_id}
    assert len(drafts) == len(asked) == len(handed)
    assert asked_to_check([], organisation.today()) == []


def test_what_nobody_answered_for_half_a_year_is_not_asked_for_ever(item, organisation, rules):
    check_on(item, organisation.today() - timedelta(days=100))
    assert due(organisation, rules)

    check_on(item, organisation.today() - timedelta(days=200))
    assert due(organisation, rules) == []


# -- on pages


def test_hr_sees_what_has_to_change_and_what_is_stale(item, hr_client, organisation):
    check_on(item, organisation.today() - timedelta(days=3))
    operations.ask_item_change(
        deliverable_id=item.deliverable_id, what="De knop heet anders", actor=HANNA
    )

    page = hr_client.get(reverse("knowledge:library"))
    detail = hr_client.get(item.deliverable.get_absolute_url())

    for text in ("De knop heet anders", "perhaps out of date", "has to change", "searchable"):
        assert text in page.content.decode()
    assert "De knop heet anders" in detail.content.decode()


@pytest.mark.parametrize(
    ("answer", "words", "status"),
    [("right", "", 302), ("change", "", 422), ("change", "Knop", 302), ("retire", "Oud", 302)],
)
def test_answer_on_the_page_of_hr(item, hr_client, answer, words, status):
    url = reverse("knowledge:library_check", args=[item.deliverable.public_id])

    assert hr_client.get(url).status_code == 200
    done = hr_client.post(url, {"answer": answer, "words": words})

    assert done.status_code == status
    item = again(item)
    assert (item.checked_at is not None) == (answer == "right")
    assert item.change_wanted == (words if answer == "change" else "")
    assert item.retired_reason == (words if answer == "retire" else "")


def test_hr_changes_the_maker_and_puts_back(item, hr_client):
    edit = reverse("knowledge:library_edit", args=[item.deliverable.public_id])
    owner = ContactFactory(organisation=item.organisation)
    outsider = ContactFactory(organisation=item.organisation, is_external=True)

    def owned_by(contact):
        facts = {"credit": "Team Data", "licence": "rights_kept", "owner": contact.email}
        return hr_client.post(edit, facts)

    assert owned_by(outsider).status_code == 422
    assert owned_by(owner).status_code == 302
    assert again(item).owner == owner
    assert owner.email in hr_client.get(edit).content.decode()
    operations.retire_item(deliverable_id=item.deliverable_id, reason="Oud", actor=HANNA)

    page = hr_client.get(item.deliverable.get_absolute_url()).content.decode()
    assert "Not in the library any more" in page
    hr_client.post(reverse("knowledge:library_return", args=[item.deliverable.public_id]))

    assert again(item).is_shelved


@pytest.fixture
def portal(engagement):
    client = Client()
    client.force_login(engagement.freelancer.user)
    return client


def test_professional_is_asked_at_home_and_answers(item, portal, organisation):
    check_on(item, organisation.today() + timedelta(days=3))
    url = reverse("knowledge:portal_library_check", args=[item.deliverable.public_id])

    assert url in portal.get(reverse("portal:home")).content.decode()
    assert url in portal.get(reverse("knowledge:portal_library")).content.decode()
    assert portal.post(url, {"answer": "right"}).status_code == 302

    assert again(item).checked_by == "Fatima El Idrissi"


def test_professional_reads_it_and_names_the_maker(item, portal):
    page = reverse("knowledge:portal_library_item", args=[item.deliverable.public_id])
    credit = reverse("knowledge:portal_library_credit", args=[item.deliverable.public_id])
    assert credit in portal.get(page).content.decode()

    portal.post(credit, {"credit": "El Idrissi Advies", "licence": "cc_by"})

    assert again(item).credit == "El Idrissi Advies"
    assert "CC BY" in portal.get(page).content.decode()


def test_after_the_end_the_professional_still_reads_but_is_not_asked(
    item, portal, engagement, organisation
):
    check_on(item, organisation.today())
    end(engagement)
    check = reverse("knowledge:portal_library_check", args=[item.deliverable.public_id])

    assert portal.get(check).status_code == 404
    page = reverse("knowledge:portal_library_item", args=[item.deliverable.public_id])
    assert portal.get(page).status_code == 200


def test_search_page_teaches_when_there_is_nothing(hr_client, organisation):
    page = hr_client.get(reverse("knowledge:library")).content.decode()
    assert "Nothing is in the library yet" in page


def test_search_page_keeps_all_in_its_address(item, hr_client, django_assert_max_num_queries):
    url = reverse("knowledge:library")
    asked = {"q": "koppeling", "form": "runbook", "author": "idrissi", "page": "x"}
    with django_assert_max_num_queries(22):
        page = hr_client.get(url, asked).content.decode()
    assert item.deliverable.title in page
    assert f"{url}?form=runbook&amp;author=idrissi" in page  # the words are a chip to take away

    nothing = hr_client.get(url, {"q": "kopelling"}).content.decode()
    assert "Did you mean “koppeling”?" in nothing
    assert "q=koppeling" in nothing

    assert hr_client.get(url, {"year": "1", "department": "x"}).status_code == 200
