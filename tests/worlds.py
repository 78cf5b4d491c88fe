"""Two organisations that mirror each other, made by the operations that people use.

Every text, address and file name in a world holds its *word*, so that one word of the other
organisation in an answer shows a leak. Everything has a counterpart with the same external id.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

import accounts.operations
import engagements.operations
import knowledge.operations
import notifications.operations
import offboarding.operations
from accounts.models import Membership, User
from core.actors import SYSTEM, Actor
from core.models import Contact, Organisation
from core.scoping import organisation_scope
from dashboards.operations import found_organisation
from engagements.models import Engagement, Freelancer, ImportRun
from engagements.operations import imports
from knowledge.models import (
    Deliverable,
    DeliverableFile,
    LedgerEntry,
    Receiver,
    Topic,
    TransferForm,
)
from notifications.models import Message
from offboarding.models import ChecklistItem, EvidenceFile
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import ConfirmationFactory, ReceiverFactory, TopicFactory
from tests.factories.lists import csv_of, row_of
from tests.factories.uploads import make_docx, make_pdf, make_pptx

HR = ("admin", "hr", "auditor")
LINKS = ("manager", "desk", "other_manager")
FREELANCERS = ("freelancer", "stranger")


@dataclass
class World:
    """One organisation with one of each thing.

    Attributes:
        word: stands in everything of this organisation, and nowhere else.
        objects: public ids by the name that the access table uses.
        users: who signs in, by persona.
        tokens: secrets of action links, by persona.
        cookies: what a browser of each persona holds.
    """

    word: str
    organisation: Organisation
    objects: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return f"{self.word.lower()}.example"


def build(word: str) -> World:
    """Found an organisation and live one engagement of it up to its last days."""
    organisation = found_organisation(
        name=f"Gemeente {word}",
        slug=word.lower(),
        hr_email=f"admin@{word.lower()}.example",
        hr_name=f"Anna {word}",
        language="nl",
    )
    world = World(word, organisation)
    with organisation_scope(organisation), timezone.override(organisation.zone):
        Builder(world).build()
    return world


class Builder:
    """Makes a world, in the order in which it would happen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.word = world.word
        self.organisation = world.organisation
        self.today = world.organisation.today()
        self.actor: Actor = SYSTEM
        self.contacts: dict[str, Contact] = {}

    def build(self) -> None:
        self.members()
        self.people()
        main = self.engagement("main", "freelancer", "manager", ends_in=12)
        other = self.engagement("other", "stranger", "other_manager", ends_in=40)
        self.agreement(main)
        self.handovers(main)
        self.topics(main)
        self.library(main)
        self.receiving(main)
        self.baton(main, other)
        self.tasks(main)
        self.requests(main)
        self.mail(main)
        self.usefulness(main, other)
        self.lists()
        self.links({"manager": main, "desk": main, "other_manager": other})
        self.sessions()

    def keep(self, name: str, thing: Any) -> None:
        self.world.objects[name] = str(getattr(thing, "public_id", thing.pk))

    def contact(self, persona: str, *, is_external: bool = False) -> Contact:
        made = engagements.operations.contact_at(
            organisation=self.organisation,
            email=f"{persona}@{self.world.domain}",
            name=f"{persona.title().replace('_', ' ')} {self.word}",
            is_external=is_external,
        )
        self.contacts[persona] = made
        return made

    def members(self) -> None:
        admin = Membership.objects.select_related("user").get()
        self.world.users["admin"] = admin.user
        self.actor = Actor(
            label=admin.user.full_name, user_id=admin.user_id, contact_id=admin.contact_id
        )
        for role in ("hr", "auditor"):
            membership = accounts.operations.invite_member(
                organisation=self.organisation,
                email=f"{role}@{self.world.domain}",
                full_name=f"{role.title()} {self.word}",
                role=role,
                actor=self.actor,
            )
            self.world.users[role] = membership.user
            self.keep("member", membership)

    def people(self) -> None:
        for persona in ("manager", "other_manager", "desk", "colleague"):
            self.keep("contact", self.contact(persona))
        department = engagements.operations.save_department(
            organisation=self.organisation,
            name=f"Zorgdata {self.word}",
            head_id=self.contacts["colleague"].pk,
            actor=self.actor,
        )
        self.department = department
        self.keep("department", department)
        for role in ("it", "facilities", "procurement"):
            holder = offboarding.operations.set_role_holder(
                organisation=self.organisation,
                role=role,
                contact_id=self.contacts["desk"].pk,
                actor=self.actor,
            )
        self.keep("role_holder", holder)

    def engagement(self, name: str, freelancer: str, manager: str, *, ends_in: int) -> Engagement:
        person = engagements.operations.create_freelancer(
            organisation=self.organisation,
            facts=engagements.operations.FreelancerFacts(
                full_name=f"{freelancer.title()} {self.word}",
                email=f"{freelancer}@{self.world.domain}",
                private_email=f"{freelancer}@thuis.{self.world.domain}",
                business_name=f"{freelancer.title()} {self.word} Advies",
                kvk_number="12345678",
                skills=f"Koppelingen in {self.word}",
            ),
            actor=self.actor,
        )
        person = engagements.operations.give_login(freelancer_id=person.pk, actor=self.actor)
        self.world.users[freelancer] = person.user
        self.keep(f"{name}_freelancer", person)
        made = engagements.operations.create_engagement(
            organisation=self.organisation,
            facts=engagements.operations.EngagementFacts(
                freelancer_id=person.pk,
                department_id=self.department.pk,
                manager_id=self.contacts[manager].pk,
                title=f"Data-engineer {self.word}",
                starts_on=self.today - timedelta(days=120),
                ends_on=self.today + timedelta(days=ends_in),
                goal=f"Koppelingen van {self.word} overdragen.",
                hourly_rate=Decimal("95.00"),
                external_id=f"INH-{name}",
            ),
            actor=self.actor,
        )
        self.keep(name, made)
        return made

    def agreement(self, engagement: Engagement) -> None:
        """One version in force, and one that waits for the professional's word."""
        first = knowledge.operations.propose_agreement(
            engagement_id=engagement.pk,
            facts=knowledge.operations.AgreementFacts(
                target=40, forms={"runbook": 2, "workshop": 1}, note=f"Afspraak {self.word}"
            ),
            side="client",
            actor=self.actor,
        )
        knowledge.operations.accept_agreement(
            agreement_id=first.pk, side="freelancer", actor=self.author(engagement)
        )
        second = knowledge.operations.propose_agreement(
            engagement_id=engagement.pk,
            facts=knowledge.operations.AgreementFacts(
                target=50, forms={"runbook": 3, "workshop": 1}, reason=f"Meer werk in {self.word}"
            ),
            side="client",
            actor=self.actor,
        )
        self.policy_id = first.policy_id
        self.keep("policy", first.policy)
        self.keep("agreement", second)

    @staticmethod
    def author(engagement: Engagement) -> Actor:
        person = Freelancer.objects.select_related("business_contact").get(
            pk=engagement.freelancer_id
        )
        return Actor(
            label=person.full_name, user_id=person.user_id, contact_id=person.business_contact_id
        )

    def handovers(self, engagement: Engagement) -> None:
        """A draft, one that waits for review, one that came back and one that counts."""
        draft = self.handover(engagement, "runbook", "Concept")
        self.keep("draft", draft)
        self.keep(
            "draft_file", self.add_file(draft, "concept.pdf", make_pdf(self.word), engagement)
        )
        waiting = self.handover(engagement, "runbook", "Wacht")
        self.keep("file", self.add_file(waiting, "wacht.docx", make_docx(self.word), engagement))
        self.submit(waiting, engagement)
        self.keep("waiting", waiting)
        session = self.meeting(engagement)
        self.keep("session", session)
        returned = self.written(engagement, "Terug")
        knowledge.operations.ask_changes(
            deliverable_id=returned.pk, comment=f"Mist {self.word}", actor=self.reviewer(engagement)
        )
        self.keep("returned", returned)
        accepted = self.written(engagement, "Klaar")
        knowledge.operations.accept_deliverable(
            deliverable_id=accepted.pk,
            actor=self.reviewer(engagement),
            is_complete="yes",
            is_usable="yes",
            comment=f"Mooi, {self.word}",
        )
        self.keep("accepted", accepted)
        self.keep("entry", LedgerEntry.objects.get(stage="accepted"))

    def topics(self, engagement: Engagement) -> None:
        """One that each side asks for, and one with receivers who said something."""
        client, author = self.reviewer(engagement), self.author(engagement)
        asked = knowledge.operations.propose_topic(
            engagement_id=engagement.pk,
            facts=knowledge.operations.TopicFacts(title=f"Incidenten {self.word}", criticality=5),
            side="freelancer",
            actor=author,
        )
        self.keep("asked_topic", asked)
        offered = knowledge.operations.propose_topic(
            engagement_id=engagement.pk,
            facts=knowledge.operations.TopicFacts(title=f"Release {self.word}", criticality=2),
            side="client",
            actor=client,
        )
        self.keep("offered_topic", offered)
        topic = knowledge.operations.propose_topic(
            engagement_id=engagement.pk,
            facts=knowledge.operations.TopicFacts(
                title=f"Koppelingen {self.word}", criticality=4, why=f"Draagt {self.word}"
            ),
            side="client",
            actor=client,
        )
        knowledge.operations.agree_topic(topic_id=topic.pk, side="freelancer", actor=author)
        knowledge.operations.set_topics(
            deliverable_id=Deliverable.objects.get(state="accepted").pk,
            topic_ids=[topic.pk],
            side="client",
            actor=client,
        )
        self.keep("topic", topic)
        for persona in ("desk", "colleague"):
            contact = self.contacts[persona]
            receiver = knowledge.operations.name_receiver(
                topic_id=topic.pk, email=contact.email, name="", side="client", actor=client
            )
            self.keep(f"{persona}_receiver", receiver)
        self.keep(
            "confirmation", self.receiver_says(receiver, "received", f"Ik kan dit in {self.word}.")
        )
        question = self.receiver_says(receiver, "not_yet", f"Waar staat de map van {self.word}?")
        self.keep("question", question)

    def baton(self, predecessor: Engagement, successor: Engagement) -> None:
        """The second professional takes over from the first."""
        engagements.operations.name_successor(
            predecessor_id=predecessor.pk, successor_id=successor.pk, actor=self.actor
        )

    def receiving(self, engagement: Engagement) -> None:
        """A handover that nobody received for weeks, and a short explanation to the desk."""
        late = self.handover(engagement, "runbook", "Blijft liggen")
        pdf = make_pdf(f"Liggen {self.word}")
        self.keep("received_file", self.add_file(late, "liggen.pdf", pdf, engagement))
        self.submit(late, engagement)
        topic = Topic.objects.agreed().get()
        client = self.reviewer(engagement)
        knowledge.operations.set_topics(
            deliverable_id=late.pk, topic_ids=[topic.pk], side="client", actor=client
        )
        knowledge.operations.accept_deliverable(deliverable_id=late.pk, actor=client)
        Deliverable.objects.filter(pk=late.pk).update(
            decided_at=timezone.now() - timedelta(days=30)
        )
        self.keep("late", late)
        explained = knowledge.operations.log_explanation(
            receiver_id=Receiver.objects.get(contact=self.contacts["desk"]).pk,
            what=f"Herstart van {self.word}",
            minutes=15,
            actor=self.author(engagement),
        )
        self.keep("explained", explained)

    @staticmethod
    def receiver_says(receiver: Any, answer: str, words: str) -> Any:
        contact = receiver.contact
        return knowledge.operations.confirm_topic(
            receiver_id=receiver.pk,
            answer=answer,
            words=words,
            actor=Actor(label=contact.name, kind="link", contact_id=contact.pk),
        )

    def library(self, engagement: Engagement) -> None:
        """One thing with a file in it, for which the manager answers, soon to be looked at."""
        made = self.handover(engagement, "runbook", "Dia's")
        file = self.add_file(made, "dia.pptx", make_pptx(f"Dia {self.word}"), engagement)
        self.submit(made, engagement)
        knowledge.operations.accept_deliverable(
            deliverable_id=made.pk, actor=self.reviewer(engagement)
        )
        knowledge.operations.describe_item(
            deliverable_id=made.pk,
            facts=knowledge.operations.LibraryFacts(
                credit=f"Maker {self.word}",
                licence="rights_kept",
                owner_id=self.contacts["manager"].pk,
            ),
            actor=self.actor,
        )
        Deliverable.objects.filter(pk=made.pk).update(check_on=self.today + timedelta(days=5))
        self.keep("right", made)
        self.keep("library_file", file)

    def handover(self, engagement: Engagement, code: str, title: str) -> Deliverable:
        form = TransferForm.objects.get(policy_id=self.policy_id, code=code)
        return knowledge.operations.start_deliverable(
            engagement_id=engagement.pk,
            form_id=form.pk,
            title=f"{title} {self.word}",
            outcome=f"Een collega van {self.word} kan dit daarna zelf.",
            actor=self.author(engagement),
        )

    def written(self, engagement: Engagement, title: str) -> Deliverable:
        made = self.handover(engagement, "runbook", title)
        self.save(
            made,
            knowledge.operations.Content(kind="text", text=f"## {self.word}\n\nStap 1."),
            engagement,
        )
        self.submit(made, engagement)
        return made

    def meeting(self, engagement: Engagement) -> Deliverable:
        made = self.handover(engagement, "workshop", "Samen oefenen")
        session = knowledge.operations.SessionFacts(
            starts_at=timezone.now() + timedelta(days=3),
            minutes=90,
            place=f"Stadhuis {self.word}",
            attendees=(f"Collega {self.word}",),
        )
        self.save(made, knowledge.operations.Content(kind="session", session=session), engagement)
        return made

    def save(self, deliverable: Deliverable, content: Any, engagement: Engagement) -> None:
        knowledge.operations.save_draft(
            deliverable_id=deliverable.pk, content=content, actor=self.author(engagement)
        )

    def submit(self, deliverable: Deliverable, engagement: Engagement) -> None:
        knowledge.operations.submit_deliverable(
            deliverable_id=deliverable.pk, actor=self.author(engagement)
        )

    def add_file(
        self, deliverable: Deliverable, name: str, content: bytes, engagement: Engagement
    ) -> DeliverableFile:
        self.save(deliverable, knowledge.operations.Content(kind="file"), engagement)
        return knowledge.operations.add_file(
            deliverable_id=deliverable.pk,
            upload=SimpleUploadedFile(f"{self.word}-{name}", content),
            actor=self.author(engagement),
        )

    def reviewer(self, engagement: Engagement) -> Actor:
        contact = self.contacts["manager"]
        return Actor(label=contact.name, kind="link", contact_id=contact.pk)

    def tasks(self, engagement: Engagement) -> None:
        """A task of each owner, and one that is done with a file as its proof."""
        items = ChecklistItem.objects.filter(engagement=engagement).open().order_by("due_on", "pk")
        mine = {
            "item": self.contacts["manager"],
            "desk_item": self.contacts["desk"],
            "freelancer_item": engagement.freelancer.business_contact,
        }
        proven = items.filter(owner=self.contacts["manager"], phase="offboarding").last()
        offboarding.operations.complete_item(
            item_id=proven.pk,
            actor=self.reviewer(engagement),
            note=f"Gedaan in {self.word}",
            upload=SimpleUploadedFile(f"{self.word}-bewijs.pdf", make_pdf(f"Bewijs {self.word}")),
        )
        self.keep("done_item", proven)
        self.keep("evidence", EvidenceFile.objects.get())
        for name, owner in mine.items():
            self.keep(name, items.filter(owner=owner).exclude(pk=proven.pk).first())
        shown = items.filter(owner=mine["freelancer_item"], phase="offboarding").last()
        offboarding.operations.complete_item(
            item_id=shown.pk,
            actor=self.author(engagement),
            upload=SimpleUploadedFile(f"{self.word}-gewist.pdf", make_pdf(f"Gewist {self.word}")),
        )
        self.keep("freelancer_evidence", shown.evidence.get())

    def requests(self, engagement: Engagement) -> None:
        change = engagements.operations.request_change(
            engagement_id=engagement.pk,
            kind="extension",
            new_ends_on=engagement.ends_on + timedelta(days=30),
            reason=f"{self.word} heeft meer tijd nodig.",
            actor=self.reviewer(engagement),
        )
        self.keep("change", change)

    def mail(self, engagement: Engagement) -> None:
        """One mail waits, and one could not be delivered."""
        message = Message.objects.order_by("pk").first()
        message.state, message.reason = Message.State.DEAD, "bounced"
        message.last_code = f"550 {self.word}"
        message.save()
        self.keep("message", message)
        notifications.operations.plan(organisation=self.organisation, at=timezone.now())

    def usefulness(self, main: Engagement, other: Engagement) -> None:
        """Somebody left a month ago; a member and another professional received their knowledge."""
        past = EngagementFactory(
            organisation=self.organisation,
            department=self.department,
            manager=self.contacts["manager"],
            freelancer__full_name=f"Alumna {self.word}",
            title=f"Tester {self.word}",
            starts_on=self.today - timedelta(days=200),
            ends_on=self.today - timedelta(days=31),
        )
        self.keep("past", past)
        topic = TopicFactory(engagement=past, title=f"Testplan {self.word}")
        admin = Membership.objects.get(user=self.world.users["admin"])
        for contact in (admin.contact, main.freelancer.business_contact):
            self.receives(topic, contact)
        self.receives(TopicFactory(engagement=other), self.contacts["other_manager"])
        receiver = Receiver.objects.get(topic=topic, contact=admin.contact)
        self.keep("admin_receiver", receiver)
        explained = knowledge.operations.log_explanation(
            receiver_id=receiver.pk,
            what=f"Uitleg aan {self.word}",
            minutes=10,
            actor=self.author(past),
        )
        self.keep("admin_explained", explained)

    def receives(self, topic: Topic, contact: Contact) -> None:
        ConfirmationFactory(
            receiver=ReceiverFactory(topic=topic, contact=contact),
            words=f"Ik kan dit zelf in {self.word}.",
        )

    def lists(self) -> None:
        """A list that was imported, and one that waits with a mistake in it."""
        imported = self.checked([row_of(1, **self.cells_of(1))])
        imports.confirm_import(run_id=imported.pk, without_errors=False, actor=self.actor)
        imports.carry_out(run_id=imported.pk)
        self.keep("imported", imported)
        self.keep("list", self.checked([row_of(2, **self.cells_of(2), ends_on=self.word)]))

    def cells_of(self, number: int) -> dict[str, str]:
        return {
            "external_id": f"LIST-{number}",
            "freelancer_name": f"Import {number} {self.word}",
            "freelancer_email": f"import{number}@{self.world.domain}",
            "department": f"Burgerzaken {self.word}",
            "manager_name": f"Lijst {self.word}",
            "manager_email": f"lijst@{self.world.domain}",
            "title": f"Tester {self.word}",
        }

    def checked(self, rows: list[dict[str, str]]) -> ImportRun:
        run = imports.start_import(
            organisation=self.organisation,
            content=BytesIO(csv_of(rows)),
            name=f"{self.word}.csv",
            actor=self.actor,
        )
        imports.choose_columns(run_id=run.pk, mapping=run.mapping, actor=self.actor)
        imports.carry_out(run_id=run.pk)
        return run

    def links(self, engagement_of: dict[str, Engagement]) -> None:
        """One link for each holder; its session is what the holder's browser keeps."""
        for persona, engagement in engagement_of.items():
            contact = self.contacts[persona]
            grant, token = engagements.operations.issue_grant(
                contact_id=contact.pk,
                engagement_id=engagement.pk,
                scopes=engagements.operations.scopes_for(contact, engagement),
            )
            key = engagements.operations.open_session(
                token=token, network="192.0.2.0/24", browser="Firefox"
            )
            self.world.tokens[persona] = token
            self.world.cookies[persona] = {settings.LINK_COOKIE_NAME: key}
            self.keep(f"{persona}_grant", grant)

    def sessions(self) -> None:
        for persona, user in self.world.users.items():
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            self.world.cookies[persona] = {settings.SESSION_COOKIE_NAME: session.session_key}


ABSENT = str(uuid4())
