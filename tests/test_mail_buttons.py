"""Every button of every mail leads its reader to the one thing that it is about."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

import engagements.operations
import offboarding.operations
from core.actors import SYSTEM
from core.models import Contact
from core.scoping import organisation_scope
from engagements.listeners import EngagementDoors
from engagements.models import Engagement, EngagementChange, LinkGrant
from knowledge.models import Deliverable, KnowledgeAgreement, Receiver
from knowledge.operations import AgreementFacts, decline_agreement, propose_agreement
from notifications.models import Message, Reminder
from notifications.operations import compose
from notifications.planning import Entrance, Landing, Letter
from offboarding.models import ChecklistItem
from tests.visits import Visitors
from tests.worlds import Builder

pytestmark = pytest.mark.django_db  # each test inside the transaction of `visitors`

# What these are about has a page of its own, whoever reads.
ABOUT_ONE_THING = {
    "agreement_proposed",
    "deliverable_accepted",
    "deliverable_returned",
    "item_reminder",
    "review_asked",
}
# Their button opens the sign-in page, and these have none of their own.
ELSEWHERE = {"member_welcome", "portal_welcome"}


@pytest.fixture
def world(visitors: Visitors):
    with organisation_scope(visitors.own.organisation), translation.override("en"):
        yield visitors.own


@pytest.fixture
def main(world) -> Engagement:
    return Engagement.objects.get(public_id=world.objects["main"])


def landings_of(letter: Letter) -> Iterator[Landing | None]:
    if "groups" not in letter.context:
        yield letter.landing
        return
    for group in letter.context["groups"]:
        yield from (line.landing for line in group.lines)
        yield group.landing


def open_door(message: Message, dossier: UUID) -> Entrance:
    return EngagementDoors().open([(message, [dossier])])[message.pk, dossier]


def visit(reader: Contact, entrance: Entrance, landing: Landing | None):
    """Go where a button leads as its reader does: press Start, or be signed in."""
    cache.clear()
    client = Client()
    address = urlsplit(entrance.to(landing))
    target = f"{address.path}?{address.query}" if address.query else address.path
    if entrance.door == "link":
        assert client.get(target).status_code == 200
        return client.post(target, follow=True)
    user = (
        reader.memberships.get().user
        if entrance.door == "desk"
        else (reader.freelancers.first() or reader.freelancers_privately.first()).user
    )
    client.force_login(user)
    return client.get(target, follow=True)


def expected_path(entrance: Entrance, landing: Landing | None) -> str:
    if entrance.door != "link":
        return urlsplit(entrance.to(landing)).path
    task = landing.task if landing else ""
    named = {
        "": reverse("offboarding:link_tasks"),
        "end": reverse("offboarding:link_decide"),
        "agreement": reverse("offboarding:link_agreement"),
    }
    if task in named:
        return named[task]
    pages = {"link_review": Deliverable, "link_receive": Receiver, "link_item": ChecklistItem}
    page = next(name for name, model in pages.items() if _has(model, task))
    return reverse(f"offboarding:{page}", args=[task])


def _has(model: type[Deliverable | Receiver | ChecklistItem], public_id: str) -> bool:
    return model.objects.filter(public_id=public_id).exists()


def more_mail(world, main: Engagement) -> None:
    """Let happen what the life of a world did not bring yet."""
    builder = Builder(world)
    by_professional = KnowledgeAgreement.objects.proposed().get()
    decline_agreement(agreement_id=by_professional.pk, side="client", reason="Anders", actor=SYSTEM)
    propose_agreement(
        engagement_id=main.pk,
        facts=AgreementFacts(target=50, forms={"runbook": 3, "workshop": 1}, reason="Tegenbod"),
        side="freelancer",
        actor=builder.author(main),
    )
    for name in ("item", "desk_item", "freelancer_item"):
        item = ChecklistItem.objects.get(public_id=world.objects[name])
        offboarding.operations.remind_item(item_id=item.pk, actor=SYSTEM)
    for contact in Contact.objects.filter(reminders__state="planned").distinct():
        # Not by the planner, which sends no daily mail at weekends.
        digest = Message.objects.create(
            organisation=main.organisation,
            kind="digest",
            dedupe_key=f"digest:{contact.pk}",
            contact=contact,
            expires_at=timezone.now() + timedelta(days=1),
        )
        contact.reminders.filter(state="planned").update(state="bundled", message=digest)
    grant = LinkGrant.objects.get(public_id=world.objects["manager_grant"])
    engagements.operations.hand_on(
        grant_id=grant.pk, name="Lotte", email=f"lotte@{world.domain}", actor=SYSTEM
    )


def press_every_button() -> dict[str, set[str]]:
    """Go where each button of each mail leads; return by which doors, by kind of mail."""
    seen: dict[str, set[str]] = {}
    for message in Message.objects.select_related("contact", "organisation").order_by("pk"):
        letter = compose(message)
        if letter is None or message.kind in ELSEWHERE:
            continue
        if message.kind in ABOUT_ONE_THING:
            assert letter.landing, message.kind
        dossiers = letter.dossiers or [message.dossier]
        entrance = open_door(message, dossiers[0])
        for landing in landings_of(letter) if len(dossiers) == 1 else [None]:
            page = visit(message.contact, entrance, landing)
            assert page.status_code == 200, (message.kind, entrance.door, landing)
            assert page.request["PATH_INFO"] == expected_path(entrance, landing), message.kind
            assert entrance.door != "link" or page.context["grant"].contact == message.contact
        seen.setdefault(message.kind, set()).add(entrance.door)
    return seen


def test_every_button_leads_to_its_own_page(world, main):
    main.organisation.allowed_domains = [world.domain]
    main.organisation.save()
    more_mail(world, main)

    seen = press_every_button()

    assert seen.keys() >= {*ABOUT_ONE_THING, "digest", "hand_on_told", "link_handed_on"}
    assert seen["agreement_proposed"] == {"link"}
    assert seen["digest"] == {"desk", "portal", "link"}


def test_buttons_about_the_end_lead_to_the_engagement(world, main):
    engagements.operations.decide_change(
        change_id=EngagementChange.objects.get(public_id=world.objects["change"]).pk,
        approve=False,
        reason="Geen budget",
        actor=SYSTEM,
    )
    declined = press_every_button()
    later = main.ends_on + timedelta(days=30)
    for new_ends_on, kind in ((later, "extension"), (main.organisation.today(), "early_end")):
        engagements.operations.move_end(
            engagement_id=main.pk,
            new_ends_on=new_ends_on,
            kind=kind,
            reason="Anders",
            actor=SYSTEM,
        )
    ended = press_every_button()

    assert declined["change_decided"] == {"link"}
    assert ended["end_moved"] == {"link", "portal"}
    assert ended["end_now"] == {"link"}


def test_a_proposal_to_the_professional_opens_in_the_portal(world, main):
    message = Message.objects.filter(kind="agreement_proposed").latest("pk")
    entrance = open_door(message, main.public_id)

    page = visit(message.contact, entrance, compose(message).landing)

    assert entrance.door == "portal"
    assert page.request["PATH_INFO"] == reverse("portal:agreement_detail", args=[main.public_id])
    assert reverse("portal:agreement_accept", args=[world.objects["agreement"]]) in (
        page.content.decode()
    )


def test_a_reminder_of_a_review_opens_the_handover_itself(world, main):
    waiting = Deliverable.objects.get(public_id=world.objects["waiting"])
    reminder = Reminder.objects.filter(rule="review_due", item=waiting.public_id).first()
    assert reminder is None or reminder.contact == main.manager
    message = Message.objects.get(kind="review_asked", params__deliverable=str(waiting.public_id))
    entrance = open_door(message, main.public_id)

    page = visit(message.contact, entrance, compose(message).landing)

    assert page.request["PATH_INFO"] == reverse("offboarding:link_review", args=[waiting.public_id])
    assert waiting.title in page.content.decode()


@pytest.mark.parametrize("key", ["gone", "00000000-0000-4000-8000-000000000000", "agreement"])
def test_what_is_not_asked_any_more_leads_to_everything_with_a_word(key, world, main):
    _grant, token = engagements.operations.issue_grant(
        contact_id=main.manager_id,
        engagement_id=main.pk,
        scopes=engagements.operations.scopes_for(main.manager, main),
    )

    page = Client().post(f"/l/{token}/?to={key}", follow=True)

    assert page.request["PATH_INFO"] == reverse("offboarding:link_tasks")
    words = "What the mail was about is done, or asked of somebody else."
    dutch = "Waar de mail over ging, is al gedaan of ligt nu bij iemand anders."
    assert words in page.content.decode() or dutch in page.content.decode()


@pytest.mark.parametrize("key", ["//evil.example", "https:x", "A b", "x" * 41, "é"])
def test_a_link_leads_nowhere_but_to_its_own_questions(key, world, main):
    _grant, token = engagements.operations.issue_grant(
        contact_id=main.manager_id, engagement_id=main.pk, scopes=["view"]
    )
    client = Client()

    shown = client.get(f"/l/{token}/", {"to": key})
    opened = client.post(f"/l/{token}/?to={key}")

    assert "?to=" not in shown.content.decode()
    assert opened["Location"] == reverse("offboarding:link_tasks")


def test_a_link_that_is_mailed_again_leads_where_the_old_one_did(world, main):
    waiting = Deliverable.objects.get(public_id=world.objects["waiting"])
    grant, token = engagements.operations.issue_grant(
        contact_id=main.manager_id,
        engagement_id=main.pk,
        scopes=engagements.operations.scopes_for(main.manager, main),
    )
    LinkGrant.objects.filter(pk=grant.pk).update(
        revoked_at=grant.created_at, revoked_reason="surplus"
    )
    client = Client()
    cache.clear()

    refused = client.post(f"/l/{token}/?to={waiting.public_id}")
    again = re.search(r'action="([^"]+/new/[^"]*)"', refused.content.decode())[1]
    client.post(again)

    message = Message.objects.get(kind="link_resent")
    entrance = open_door(message, main.public_id)
    letter = compose(message)
    assert letter.context["action_label"] in ("Go on where you were", "Ga verder waar u was")
    page = visit(message.contact, entrance, letter.landing)
    assert waiting.title in page.content.decode()


@pytest.mark.parametrize(
    ("persona", "name", "thing"),
    [
        ("hr", "knowledge:deliverable_detail", "waiting"),
        ("hr", "offboarding:item_detail", "item"),
        ("freelancer", "portal:deliverable_detail", "returned"),
        ("freelancer", "portal:agreement_detail", "main"),
    ],
)
def test_whoever_must_sign_in_first_comes_out_at_the_same_thing(persona, name, thing, world):
    address = reverse(name, args=[world.objects[thing]])
    client = Client()
    cache.clear()

    sign_in = client.get(address, follow=True)
    by_code = re.search(r'href="(/accounts/login/code/[^"]*)"', sign_in.content.decode())[1]
    form = client.get(by_code.replace("&amp;", "&"))
    kept = re.search(r'name="next" value="([^"]+)"', form.content.decode())[1]
    asked = client.post(
        reverse("account_request_login_code"), {"email": world.users[persona].email, "next": kept}
    )
    code = re.search(r"\b[A-Z0-9]{4}-?[A-Z0-9]{2,4}\b", mail.outbox[-1].body).group()
    page = client.post(asked["Location"], {"code": code}, follow=True)

    assert page.status_code == 200
    assert page.request["PATH_INFO"] == address


def test_a_password_leads_to_the_same_thing_too(world):
    user = world.users["hr"]
    user.set_password("correct horse battery")
    user.save()
    address = reverse("knowledge:deliverable_detail", args=[world.objects["waiting"]])
    client = Client()
    cache.clear()

    sign_in = client.get(address, follow=True)
    kept = re.search(r'name="next" value="([^"]+)"', sign_in.content.decode())[1]
    page = client.post(
        reverse("account_login"),
        {"login": user.email, "password": "correct horse battery", "next": kept},
        follow=True,
    )

    assert page.request["PATH_INFO"] == address
