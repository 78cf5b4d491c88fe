import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.operations import ContactFacts, save_contact
from core.actors import SYSTEM, Actor
from core.audit import phrase_for
from core.errors import DomainError, NotPermittedError
from core.models import AuditEvent, Contact
from engagements import operations
from engagements.models import LinkGrant, LinkSession
from engagements.operations.issuing import INSERT, LIVE_GRANTS, MANAGER_SCOPES
from notifications import mail, planning
from notifications.models import Message
from tests.factories.engagements import EngagementFactory

PETER = Actor(label="Peter Bos", kind="link")


@pytest.fixture
def engagement(organisation):
    return EngagementFactory(organisation=organisation)


@pytest.fixture
def granted(engagement):
    return operations.issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=MANAGER_SCOPES
    )


def test_the_secret_is_stored_nowhere(granted):
    grant, token = granted

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(g)::text FROM engagements_linkgrant g")
        rows = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT row_to_json(a)::text FROM core_auditevent a")
        rows += " ".join(row[0] for row in cursor.fetchall())
    assert token not in rows
    assert len(token) == 43
    assert len(bytes(grant.secret_hash)) == 32


def test_of_many_live_links_the_oldest_are_withdrawn(engagement):
    for _number in range(LIVE_GRANTS + 2):
        operations.issue_grant(
            contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"]
        )

    assert LinkGrant.objects.usable().count() == LIVE_GRANTS
    withdrawn = LinkGrant.objects.exclude(revoked_at=None).order_by("pk")
    assert [g.pk for g in withdrawn] == list(
        LinkGrant.objects.order_by("pk").values_list("pk", flat=True)[:2]
    )


def test_the_links_of_one_mail_are_made_together(engagement, django_assert_num_queries):
    others = EngagementFactory.create_batch(3, organisation=engagement.organisation)
    wanted = [
        operations.WantedLink(contact_id=engagement.manager_id, engagement_id=one.pk)
        for one in (engagement, *others)
    ]

    with django_assert_num_queries(7):
        made = operations.issue_grants(wanted=wanted)

    assert [grant.engagement_id for grant, _token in made] == [w.engagement_id for w in wanted]
    assert all(operations.links.find_grant(token) == grant for grant, token in made)
    assert made[0][0].may("decide")
    assert not made[1][0].may("decide")  # of somebody else's engagement
    events = AuditEvent.objects.filter(action="engagements.link.issued")
    assert {event.dossier for event in events} == {e.public_id for e in (engagement, *others)}


def test_many_mails_take_no_page_away_from_who_is_answering(engagement):
    def issue():
        return operations.issue_grant(
            contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"]
        )

    used, token = issue()
    key = operations.open_session(token=token, network="192.0.2.0/24", browser="Firefox")
    for _number in range(LIVE_GRANTS + 2):
        issue()

    assert operations.find_session(key).grant == used
    LinkSession.objects.update(last_seen_at=timezone.now() - timedelta(days=1))
    issue()
    used.refresh_from_db()
    assert used.revoked_reason == "surplus"


def test_a_session_is_over_after_an_hour_of_rest_and_after_eight_hours(granted):
    _grant, token = granted
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        key = operations.open_session(token=token, network="", browser="")
        clock.shift(settings.LINK_SESSION_IDLE_SECONDS - 1)
        session = operations.find_session(key)
        operations.note_visit(session, timezone.now())
        clock.shift(settings.LINK_SESSION_IDLE_SECONDS + 1)
        assert operations.find_session(key) is None

        key = operations.open_session(token=token, network="", browser="")
        for _half_hour in range(15):
            clock.shift(1800)
            operations.note_visit(operations.find_session(key), timezone.now())
        clock.shift(1801)
        assert operations.find_session(key) is None


def test_an_expired_link_opens_nothing(granted):
    grant, token = granted
    with time_machine.travel(grant.expires_at + timedelta(seconds=1)):
        assert operations.open_session(token=token, network="", browser="") is None


@pytest.mark.parametrize("way", ["revoke", "new_address", "inactive", "cancelled"])
def test_an_open_session_ends_when_its_ground_goes(granted, engagement, way):
    grant, token = granted
    key = operations.open_session(token=token, network="", browser="")
    assert operations.find_session(key) is not None

    facts = {"name": "Peter Bos", "email": grant.contact.email}
    if way == "revoke":
        operations.revoke_grants(contact_id=grant.contact_id, reason="by_hr", actor=SYSTEM)
    elif way == "cancelled":
        engagement.cancelled_at = timezone.now()
        engagement.save()
    else:
        facts |= {"email": "new@veldam.example"} if way == "new_address" else {"is_active": False}
        save_contact(
            organisation=engagement.organisation,
            facts=ContactFacts(**facts),
            actor=SYSTEM,
            contact_id=grant.contact_id,
        )

    assert operations.find_session(key) is None


def test_revoking_needs_to_know_which_links(organisation):
    with pytest.raises(ValueError, match="which links"):
        operations.revoke_grants(reason="by_hr", actor=SYSTEM)


def test_handing_on_gives_a_colleague_a_mail_of_their_own(granted):
    grant, _token = granted

    operations.hand_on(
        grant_id=grant.pk, name="Samira Haddou", email="s.haddou@veldam.example", actor=PETER
    )

    message = Message.objects.get(kind="link_handed_on")
    assert message.contact == Contact.objects.get(email="s.haddou@veldam.example")
    event = AuditEvent.objects.get(action="engagements.link.handed_on")
    assert phrase_for(event) == "handed the questions on to Samira Haddou"


def handed_on_from(grant, email, engagement):
    message = operations.hand_on(grant_id=grant.pk, name="S", email=email, actor=PETER)
    return operations.issue_grant(
        contact_id=message.pk,
        engagement_id=engagement.pk,
        scopes=MANAGER_SCOPES,
        handed_on_by_id=grant.pk,
    )


def test_a_withdrawn_link_takes_along_what_was_handed_on_from_it(granted, engagement):
    grant, _token = granted
    colleague, _token = handed_on_from(grant, "s.haddou@veldam.example", engagement)
    operations.hand_on(grant_id=colleague.pk, name="L", email="l.prins@veldam.example", actor=PETER)
    third, token = handed_on_from(colleague, "k.vos@veldam.example", engagement)
    key = operations.open_session(token=token, network="", browser="")
    LinkGrant.objects.filter(pk=colleague.pk).update(
        revoked_at=timezone.now(), revoked_reason="surplus"
    )
    other, _token = operations.issue_grant(
        contact_id=engagement.freelancer.business_contact_id,
        engagement_id=engagement.pk,
        scopes=["view"],
    )

    assert operations.revoke_grants(contact_id=grant.contact_id, reason="by_hr", actor=SYSTEM) == 2

    assert list(LinkGrant.objects.usable()) == [other]
    assert operations.find_session(key) is None
    third.refresh_from_db()
    assert third.revoked_reason == "by_hr"


def test_a_link_that_made_room_brings_no_new_one_to_somebody_who_may_not_act_any_more(engagement):
    made = [
        operations.issue_grant(contact_id=engagement.manager_id, engagement_id=engagement.pk)
        for _number in range(LIVE_GRANTS + 2)
    ]
    first, token = made[0]
    assert operations.resend_link(token=token) is True
    message = Message.objects.get(kind="link_resent")

    ended = operations.revoke_grants(
        contact_id=engagement.manager_id,
        engagement_id=engagement.pk,
        reason="manager_changed",
        actor=SYSTEM,
    )

    assert ended == LIVE_GRANTS
    assert AuditEvent.objects.filter(action="engagements.link.revoked").count() == LIVE_GRANTS
    first.refresh_from_db()
    assert first.revoked_reason == "manager_changed"
    assert planning.composers_for(message.kind)([message])[message.pk] is None
    Message.objects.all().delete()
    assert not any(operations.resend_link(token=token) for _grant, token in made)


def test_nobody_is_handed_a_link_that_comes_from_a_withdrawn_one(granted, engagement):
    root, _token = granted
    middle, _token = handed_on_from(root, "s.haddou@veldam.example", engagement)
    LinkGrant.objects.filter(pk=middle.pk).update(
        revoked_at=timezone.now(), revoked_reason="surplus"
    )

    operations.revoke_grants(contact_id=root.contact_id, reason="by_hr", actor=SYSTEM)

    late, _token = operations.issue_grant(
        contact_id=middle.contact_id, engagement_id=engagement.pk, handed_on_by_id=middle.pk
    )
    assert late.revoked_reason == "by_hr"


def test_a_mail_that_still_waits_brings_no_link_of_one_that_was_withdrawn(granted):
    grant, _token = granted
    operations.hand_on(grant_id=grant.pk, name="S", email="s@veldam.example", actor=PETER)
    message = Message.objects.get(kind="link_handed_on")
    compose = planning.composers_for("link_handed_on")
    assert compose([message])[message.pk] is not None

    operations.revoke_grants(contact_id=grant.contact_id, reason="by_hr", actor=SYSTEM)

    assert compose([message])[message.pk] is None


def test_a_link_is_handed_on_ten_times_an_hour_at_most(granted):
    grant, _token = granted
    cache.clear()
    for number in range(10):
        operations.hand_on(
            grant_id=grant.pk, name="S", email=f"s{number}@veldam.example", actor=PETER
        )

    with pytest.raises(DomainError, match="Try again in an hour"):
        operations.hand_on(grant_id=grant.pk, name="S", email="x@veldam.example", actor=PETER)

    assert Message.objects.filter(kind="link_handed_on").count() == 10


def test_hr_hears_who_acts_instead_of_whom(granted, hr):
    grant, _token = granted

    for _time in range(2):
        operations.hand_on(
            grant_id=grant.pk, name="Samira Haddou", email="s.haddou@veldam.example", actor=PETER
        )

    message = Message.objects.get(kind="hand_on_told")
    letter = planning.composers_for("hand_on_told")([message])[message.pk]
    mail_ = mail.render(
        letter.template,
        {"url": "https://x.example/", **letter.context},
        language="en",
        organisation=message.organisation,
    )
    assert message.contact == hr.contact
    assert message.dossier == grant.engagement.public_id
    assert "on to Samira Haddou" in mail_.subject
    assert f"{grant.contact.name} handed" in mail_.text
    assert "s.haddou@veldam.example" in mail_.html


def test_hr_is_not_told_what_they_did_or_got_themselves(granted, hr):
    grant, _token = granted

    operations.hand_on(grant_id=grant.pk, name="HR", email=hr.contact.email, actor=PETER)

    assert not Message.objects.filter(kind="hand_on_told").exists()


@pytest.mark.parametrize("email", ["someone@elsewhere.example", "x@veldam.example.evil.example"])
def test_handing_on_outside_the_organisation_is_refused(granted, email):
    grant, _token = granted

    with pytest.raises(DomainError):
        operations.hand_on(grant_id=grant.pk, name="X", email=email, actor=PETER)

    assert not Message.objects.exists()


def test_a_link_without_that_right_cannot_be_handed_on(engagement):
    grant, _token = operations.issue_grant(
        contact_id=engagement.manager_id, engagement_id=engagement.pk, scopes=["view"]
    )

    with pytest.raises(NotPermittedError):
        operations.hand_on(grant_id=grant.pk, name="S", email="s@veldam.example", actor=PETER)


def test_an_expired_link_can_be_mailed_again_but_a_withdrawn_one_cannot(granted):
    grant, token = granted
    with time_machine.travel(grant.expires_at + timedelta(days=1)):
        assert operations.resend_link(token=token) is True
    operations.revoke_grants(contact_id=grant.contact_id, reason="by_hr", actor=SYSTEM)

    assert operations.resend_link(token=token) is False
    assert operations.resend_link(token="unknown") is False
    assert Message.objects.filter(kind="link_resent").count() == 1


def test_opening_counts_use(granted):
    grant, token = granted
    operations.open_session(token=token, network="192.0.2.0/24", browser="Firefox")
    operations.open_session(token=token, network="192.0.2.0/24", browser="Firefox")

    grant.refresh_from_db()
    assert grant.use_count == 2
    assert LinkSession.objects.count() == 2


def test_fresh_links_are_written_with_every_column():
    columns = set(re.findall(r"\w+", INSERT[INSERT.index("(") : INSERT.index(")")]))
    of_grants = {field.column for field in LinkGrant._meta.concrete_fields}

    # The key comes from the database, and nobody used a fresh link.
    assert of_grants - columns == {"id", "last_used_at"}
