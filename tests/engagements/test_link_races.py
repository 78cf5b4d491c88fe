"""Links are mailed, used and handed on while somebody withdraws them: the withdrawal counts."""

import dataclasses
import time

import pytest
from django.core.cache import cache
from django.db import transaction

from core.actors import SYSTEM, Actor
from core.errors import NotPermittedError
from core.models import AuditEvent, Contact
from engagements import operations
from engagements.models import Engagement, LinkGrant, LinkSession
from engagements.operations.issuing import LIVE_GRANTS, MANAGER_SCOPES
from notifications import outbox, planning
from notifications.models import Message
from notifications.operations.preparing import write_messages
from notifications.operations.sending import FRESH_SECONDS
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.races import at_once, just_behind, while_locked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday")]
PETER = Actor(label="Peter Bos", kind="link")


@pytest.fixture
def engagement(organisation, heard):
    cache.clear()
    return EngagementFactory(organisation=organisation)


@pytest.fixture
def granted(engagement):
    return issue(engagement, engagement.manager)


def issue(engagement, contact, **facts):
    wanted = operations.WantedLink(contact_id=contact.pk, engagement_id=engagement.pk, **facts)
    return operations.issue_grants(wanted=[wanted])[0]


def withdraw(grant):
    return operations.revoke_grants(
        contact_id=grant.contact_id,
        engagement_id=grant.engagement_id,
        reason="by_hr",
        actor=SYSTEM,
    )


def hand_on(grant, name="Samira Haddou", email="s.haddou@veldam.example"):
    return operations.hand_on(grant_id=grant.pk, name=name, email=email, actor=PETER)


def start(token):
    return operations.open_session(token=token, network="", browser="")


def name_manager(engagement, contact):
    facts = dataclasses.replace(operations.facts_of(engagement), manager_id=contact.pk)
    return operations.update_engagement(
        engagement_id=engagement.pk, facts=facts, version=None, actor=SYSTEM
    )


def test_a_link_is_withdrawn_once(granted, organisation):
    grant, _token = granted

    late = just_behind(organisation, lambda: withdraw(grant), lambda: withdraw(grant))

    assert late == 0
    assert AuditEvent.objects.filter(action="engagements.link.revoked").count() == 1


def test_a_link_that_was_just_withdrawn_is_not_handed_on(granted, organisation):
    grant, _token = granted

    late = just_behind(organisation, lambda: withdraw(grant), lambda: hand_on(grant))

    assert isinstance(late, NotPermittedError)
    assert not Message.objects.exists()


def test_what_was_just_handed_on_is_withdrawn_with_its_link(granted, organisation):
    grant, _token = granted

    just_behind(organisation, lambda: hand_on(grant), lambda: withdraw(grant))

    message = Message.objects.get(kind="link_handed_on")
    assert planning.composers_for(message.kind)([message])[message.pk] is None


def test_a_link_is_handed_on_to_the_same_colleague_once(granted, organisation):
    grant, _token = granted

    just_behind(
        organisation,
        lambda: hand_on(grant),
        lambda: hand_on(grant, email="S.Haddou@veldam.example"),
    )

    assert Message.objects.filter(kind="link_handed_on").count() == 1
    assert Contact.objects.with_email("s.haddou@veldam.example").count() == 1


def test_two_links_handed_on_at_once_to_one_new_colleague_make_one_contact(
    engagement, granted, organisation
):
    grant, _token = granted
    other, _token = issue(engagement, ContactFactory(organisation=organisation))

    first, second = at_once(organisation, lambda: hand_on(grant), lambda: hand_on(other))

    assert first == second
    assert Message.objects.filter(kind="link_handed_on").count() == 2


@pytest.mark.parametrize("withdrawal_first", [True, False])
def test_a_mail_on_its_way_brings_no_working_link_of_one_that_was_withdrawn(
    engagement, granted, organisation, withdrawal_first
):
    grant, _token = granted
    colleague = ContactFactory(organisation=organisation)

    def mail():
        return issue(engagement, colleague, handed_on_by_id=grant.pk)

    calls = [lambda: withdraw(grant), mail]
    just_behind(organisation, *(calls if withdrawal_first else reversed(calls)))

    assert not LinkGrant.objects.usable().exists()
    assert set(LinkGrant.objects.values_list("revoked_reason", flat=True)) == {"by_hr"}


def test_a_mail_to_the_manager_of_a_moment_ago_brings_no_right_to_decide(engagement, organisation):
    old, new = engagement.manager, ContactFactory(organisation=organisation)

    grant, _token = just_behind(
        organisation, lambda: name_manager(engagement, new), lambda: issue(engagement, old)
    )

    assert not grant.may("decide")


def test_a_link_that_was_just_mailed_ends_with_the_manager_who_got_it(engagement, organisation):
    old, new = engagement.manager, ContactFactory(organisation=organisation)

    just_behind(organisation, lambda: issue(engagement, old), lambda: name_manager(engagement, new))

    assert LinkGrant.objects.get().revoked_reason == "manager_changed"


def test_links_mailed_at_once_leave_five_that_work(engagement, organisation):
    for _number in range(LIVE_GRANTS - 1):
        issue(engagement, engagement.manager, scopes=MANAGER_SCOPES)

    just_behind(organisation, *[lambda: issue(engagement, engagement.manager)] * 2)

    assert LinkGrant.objects.count() == LIVE_GRANTS + 1
    assert LinkGrant.objects.usable().count() == LIVE_GRANTS


def test_a_link_withdrawn_while_a_newer_one_takes_its_room_stays_withdrawn(
    engagement, organisation
):
    with transaction.atomic():
        message = outbox.enqueue("letter", contact=engagement.manager, dedupe_key="letter:1")
    oldest, _token = issue(engagement, engagement.manager, message_id=message.pk)
    for _number in range(LIVE_GRANTS - 1):
        issue(engagement, engagement.manager)

    just_behind(
        organisation,
        lambda: planning.doors().shut(message=message),
        lambda: issue(engagement, engagement.manager),
    )

    oldest.refresh_from_db()
    assert oldest.revoked_reason == "not_delivered"


def test_mails_about_the_same_engagements_never_wait_for_each_other_in_a_circle(organisation):
    both = EngagementFactory.create_batch(2, organisation=organisation)
    reader = ContactFactory(organisation=organisation)
    wanted = [operations.WantedLink(contact_id=reader.pk, engagement_id=e.pk) for e in both]

    made = at_once(
        organisation,
        lambda: operations.issue_grants(wanted=wanted * 2),
        lambda: operations.issue_grants(wanted=wanted[::-1] * 2),
    )

    assert [len(grants) for grants in made] == [4, 4]
    assert LinkGrant.objects.usable().count() == 8


def test_engagements_that_a_long_change_holds_keep_no_other_mail_waiting(organisation, heard):
    cache.clear()
    for engagement in EngagementFactory.create_batch(3, organisation=organisation):
        grant, _token = issue(engagement, engagement.manager)
        hand_on(grant)
    messages = list(Message.objects.select_related("contact", "organisation"))
    began = time.monotonic()

    written = while_locked(
        organisation,
        lambda: list(Engagement.objects.select_for_update()),
        lambda: write_messages(messages),
    )

    assert set(written.faults) == {message.pk for message in messages}
    assert time.monotonic() - began < FRESH_SECONDS


def test_a_session_begun_while_the_link_is_withdrawn_opens_nothing(granted, organisation):
    grant, token = granted

    key = just_behind(organisation, lambda: withdraw(grant), lambda: start(token))

    assert operations.find_session(key) is None


def test_a_session_begun_a_moment_earlier_ends_with_its_link(granted, organisation):
    grant, token = granted

    just_behind(organisation, lambda: start(token), lambda: withdraw(grant))

    assert LinkSession.objects.get().ended_at is not None


def test_every_use_is_counted(granted, organisation):
    grant, token = granted

    at_once(organisation, *[lambda: start(token)] * 2)

    grant.refresh_from_db()
    assert grant.use_count == LinkSession.objects.count() == 2


def test_a_link_asked_for_twice_at_once_is_mailed_once(granted, organisation):
    _grant, token = granted

    late = just_behind(
        organisation,
        lambda: operations.resend_link(token=token),
        lambda: operations.resend_link(token=token),
    )

    assert late is False
    assert Message.objects.filter(kind="link_resent").count() == 1


def test_of_two_languages_chosen_behind_links_the_later_one_holds(organisation):
    contact = ContactFactory(organisation=organisation, language="nl")
    holder = Actor(label=contact.name, kind="link", contact_id=contact.pk)

    def choose(language):
        return operations.choose_language(contact_id=contact.pk, language=language, actor=holder)

    just_behind(organisation, lambda: choose("nl"), lambda: choose("en"))

    contact.refresh_from_db()
    assert (contact.language, contact.language_chosen) == ("en", True)
