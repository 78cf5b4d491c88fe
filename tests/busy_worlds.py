"""An organisation in which much has piled up: the world of tests/worlds.py, with every list long.

What a page shows at most, and more than that: pages of it, a hundred tasks late, an engagement with
a long history. Texts differ, as people's do, so that what is weighed cannot be packed to nothing.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final
from uuid import uuid4

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone

import engagements.operations
import knowledge.operations
import notifications.operations
import offboarding.operations
from core.actors import Actor
from core.models import Contact
from core.scoping import organisation_scope
from dashboards.operations import found_organisation
from engagements.models import Engagement, EngagementChange, Freelancer
from engagements.operations import imports
from knowledge.models import Deliverable, KnowledgeAgreement, LedgerEntry
from notifications.models import Message, MessageAttempt
from offboarding.models import ChecklistItem
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.uploads import make_pdf
from tests.worlds import Builder, World

IMPORTED: Final = 260  # engagements, beside the two of every world
DEPARTMENTS: Final = 60
MANAGERS: Final = 90
HANDOVERS: Final = 48
VERSIONS: Final = 12  # of one handover
ROUNDS: Final = 12  # of the agreement, and of one task
MOVES: Final = 4  # of the end
COLLEAGUES: Final = 300  # contacts, beside those of engagements
MEMBERS: Final = 40
MESSAGES: Final = 320
SESSIONS: Final = 30  # of one person, on as many machines
WRONG, CHANGED, NEW = 180, 120, 220  # rows of the list that waits
FIRST_NAMES: Final = (  # noqa: SIM905 - thirty lines otherwise
    "Ayşe Bram Çağla Daan Ewa Fatima Gijs Hanneke İbrahim Joris Karin Łukasz Mehmet Noor Özgür "
    "Pieter Quirine Ruud Šime Truus Uğur Vera Willemijn Xandra Youssef Željko Amber Boudewijn"
).split()
LAST_NAMES: Final = (  # noqa: SIM905
    "Aydın|Bakker|Çelik|de Boer|El Idrissi|van Dijk|Gerritsen|Hoekstra|Išić|Jansen|Kowalczyk|"
    "van Leeuwen|Mulder|Nowak|Öztürk|Peters|Quispel|Roşca|Smit|ter Haar|Uluç|Visser|Wiśniewska|"
    "Yılmaz|Zijlstra|van den Berg|Dekker|Postma|Šarić|Vermeulen"
).split("|")
WORDS: Final = (  # noqa: SIM905
    "koppeling beheer dossier aanvraag subsidie rooster archief melding vergunning levering "
    "storing inrichting rapport formulier register beleid toets contract factuur bestand rechten "
    "release kaart planning besluit overleg sjabloon export wachtwoord hersteltijd leverancier "
    "gegevens zaaksysteem burgerzaken inkoop uitkering belasting verhuizing wijziging afspraak"
).split()
BROWSERS: Final = ("Firefox/143.0", "Chrome/141.0 Safari/537.36", "Version/18.0 Safari/605.1.15")


def build_busy(word: str) -> World:
    """Found an organisation and let much happen in it."""
    organisation = found_organisation(
        name=f"Gemeente {word}",
        slug=word.lower(),
        hr_email=f"admin@{word.lower()}.example",
        hr_name=f"Anna {word}",
        language="nl",
    )
    world = World(word, organisation)
    with organisation_scope(organisation), timezone.override(organisation.zone):
        BusyBuilder(world).build()
    return world


class BusyBuilder(Builder):
    """Goes on where the builder of every world ends."""

    def build(self) -> None:
        self.random = Random(20)
        super().build()
        self.main = Engagement.objects.get(public_id=self.world.objects["main"])
        self.more_people()
        self.more_agreements()
        self.more_handovers()
        self.more_versions()
        self.more_tasks()
        self.more_ends()
        self.more_of_one_professional()
        self.more_messages()
        self.more_links()
        self.more_sessions()
        notifications.operations.plan(organisation=self.organisation, at=timezone.now())
        # More than a thousand mails would keep those of other stories waiting.
        Message.objects.filter(state=Message.State.PENDING).update(
            next_attempt_at=timezone.now() + timedelta(days=300)
        )

    def lists(self) -> None:
        """A list with many engagements was imported; the next waits with all kinds of rows."""
        super().lists()
        rows = [self.row(number) for number in range(IMPORTED)]
        imported = self.checked(rows)
        imports.confirm_import(run_id=imported.pk, without_errors=True, actor=self.actor)
        imports.carry_out(run_id=imported.pk)
        self.keep("imported", imported)
        known, rest = rows[:CHANGED], rows[CHANGED:]
        waiting = [
            *(row | {"title": self.words(3), "hourly_rate": "175"} for row in known),
            *(row | {"ends_on": self.words(1), "hourly_rate": self.words(2)} for row in rest),
            *(self.row(1000 + number) for number in range(NEW)),
            *(
                self.row(2000 + number) | {"starts_on": "1-1-2030", "manager_email": "x"}
                for number in range(max(0, WRONG - len(rest)))
            ),
        ]
        self.keep("list", self.checked(waiting))

    def row(self, number: int) -> dict[str, str]:
        """Return an engagement that ends between a quarter ago and half a year from now."""
        name, manager = self.name(), number % MANAGERS
        department = number % DEPARTMENTS
        first = self.today - timedelta(days=self.random.randint(100, 400))
        last = self.today + timedelta(days=self.random.randint(-90, 180))
        return {
            "external_id": f"BUSY-{number}",
            "freelancer_name": name,
            "freelancer_email": f"professional{number}@{self.world.domain}",
            "department": f"{WORDS[department % len(WORDS)].capitalize()} {department} {self.word}",
            "manager_name": f"{LAST_NAMES[manager % len(LAST_NAMES)]} {manager}",
            "manager_email": f"chef{manager}@{self.world.domain}",
            "title": self.words(3).capitalize(),
            "starts_on": first.isoformat(),
            "ends_on": last.isoformat(),
            "hourly_rate": str(self.random.randint(60, 160)),
        }

    def name(self) -> str:
        return f"{self.random.choice(FIRST_NAMES)} {self.random.choice(LAST_NAMES)}"

    def words(self, count: int) -> str:
        return " ".join(self.random.choices(WORDS, k=count))

    def text(self, count: int) -> str:
        return f"{self.words(count).capitalize()} ({self.word})."

    def chapters(self, count: int) -> str:
        return "\n\n".join(f"## {self.words(3)}\n\n{self.text(60)}" for _part in range(count))

    def numbers(self, count: int) -> Iterator[tuple[int, str]]:
        return ((number, f"{self.words(3).capitalize()} {number}") for number in range(count))

    def more_people(self) -> None:
        for number in range(MEMBERS):
            name = self.name()
            user = UserFactory(full_name=name, email=f"lid{number}@{self.world.domain}")
            MembershipFactory(organisation=self.organisation, user=user, role="hr")
        for number in range(COLLEAGUES):
            ContactFactory(
                organisation=self.organisation,
                name=self.name(),
                email=f"collega{number}@{self.world.domain}",
            )
        for role in ("it", "facilities", "procurement"):
            for department in self.departments():
                offboarding.operations.set_role_holder(
                    organisation=self.organisation,
                    role=role,
                    contact_id=self.contacts["desk"].pk,
                    department_id=department,
                    actor=self.actor,
                )

    def departments(self) -> list[int]:
        engagements_ = Engagement.objects.order_by("department")
        return list(engagements_.values_list("department", flat=True).distinct()[:8])

    def more_agreements(self) -> None:
        """Both sides came back to the agreement again and again."""
        waiting = KnowledgeAgreement.objects.get(public_id=self.world.objects["agreement"])
        for number in range(ROUNDS):
            knowledge.operations.accept_agreement(
                agreement_id=waiting.pk, side="freelancer", actor=self.author(self.main)
            )
            waiting = knowledge.operations.propose_agreement(
                engagement_id=self.main.pk,
                facts=knowledge.operations.AgreementFacts(
                    target=60 + 5 * number,
                    forms={"runbook": 3, "workshop": 1 + number % 2, "presentation": 2},
                    reason=self.text(12),
                    note=self.text(20),
                ),
                side="client",
                actor=self.actor,
            )
        self.keep("agreement", waiting)

    def more_handovers(self) -> None:
        """Of each state some; what was accepted is booked, and some of that was taken back."""
        for number, title in self.numbers(HANDOVERS):
            code = ("runbook", "knowledge-base", "recording")[number % 3]
            made = self.handover(self.main, code, title)
            # Nobody begins so many in a day, and nobody may.
            Deliverable.objects.filter(pk=made.pk).update(
                created_at=F("created_at") - timedelta(days=2)
            )
            name = f"{title.lower().replace(' ', '-')}.pdf"
            self.add_file(made, name, make_pdf(f"{title} {self.word}"), self.main)
            if number % 8:
                self.submit(made, self.main)
            if number % 8 in (2, 3, 4, 5):
                knowledge.operations.accept_deliverable(
                    deliverable_id=made.pk,
                    actor=self.reviewer(self.main),
                    is_complete="yes",
                    is_usable="partly",
                    comment=self.text(15),
                )
            elif number % 8 == 6:
                knowledge.operations.ask_changes(
                    deliverable_id=made.pk, comment=self.text(15), actor=self.reviewer(self.main)
                )
        booked = LedgerEntry.objects.filter(engagement=self.main, amount__gt=0).order_by("pk")
        for entry in booked.exclude(public_id=self.world.objects["entry"])[:4]:
            knowledge.operations.reverse_entry(
                entry_id=entry.pk, reason=self.text(8), actor=self.actor
            )

    def more_versions(self) -> None:
        """One handover went back and forth, with files and words every time."""
        waiting = Deliverable.objects.get(public_id=self.world.objects["waiting"])
        for number in range(VERSIONS):
            knowledge.operations.ask_changes(
                deliverable_id=waiting.pk, comment=self.text(40), actor=self.reviewer(self.main)
            )
            pdf = make_pdf(f"Versie {number} {self.words(5)}")
            self.add_file(waiting, f"versie-{number}.pdf", pdf, self.main)
            text = knowledge.operations.Content(kind="text", text=self.chapters(12))
            self.save(waiting, text, self.main)
            self.submit(waiting, self.main)

    def more_tasks(self) -> None:
        """Half of the tasks are done, one of them again and again, one with much evidence."""
        done = ChecklistItem.objects.get(public_id=self.world.objects["done_item"])
        for _round in range(ROUNDS):
            offboarding.operations.reopen_item(
                item_id=done.pk, reason=self.text(8), actor=self.actor
            )
            offboarding.operations.complete_item(
                item_id=done.pk,
                actor=self.actor,
                note=self.text(20),
                upload=self.evidence() if done.evidence.count() < 10 else None,
            )
        mine = ChecklistItem.objects.filter(engagement=self.main).open()
        kept = [self.world.objects[name] for name in ("item", "desk_item", "freelancer_item")]
        for number, item in enumerate(mine.exclude(public_id__in=kept).order_by("pk")):
            if number % 2:
                offboarding.operations.complete_item(
                    item_id=item.pk, actor=self.actor, note=self.text(10)
                )
        item = ChecklistItem.objects.get(public_id=self.world.objects["item"])
        for number in range(ROUNDS):
            offboarding.operations.postpone_item(
                item_id=item.pk,
                expected_on=self.today + timedelta(days=1 + number),
                actor=self.reviewer(self.main),
            )

    def evidence(self) -> SimpleUploadedFile:
        name = f"{self.words(3).replace(' ', '-')}.pdf"
        return SimpleUploadedFile(name, make_pdf(self.words(5)))

    def more_ends(self) -> None:
        """The end moved often, and many managers ask for another one."""
        waiting = EngagementChange.objects.get(public_id=self.world.objects["change"])
        engagements.operations.decide_change(
            change_id=waiting.pk, approve=False, reason=self.text(10), actor=self.actor
        )
        for number in range(MOVES):
            engagements.operations.move_end(
                engagement_id=self.main.pk,
                new_ends_on=self.today + timedelta(days=13 + number % 3),
                kind="correction",
                reason=self.text(10),
                actor=self.actor,
            )
        asked = Engagement.objects.running().filter(ends_on__gt=self.today).order_by("pk")
        for engagement in [self.main, *asked.exclude(pk=self.main.pk)[:60]]:
            change = engagements.operations.request_change(
                engagement_id=engagement.pk,
                kind="extension",
                new_ends_on=Engagement.objects.get(pk=engagement.pk).ends_on + timedelta(days=30),
                reason=self.text(12),
                actor=Actor(label=self.name(), kind="link", contact_id=engagement.manager_id),
            )
            if engagement == self.main:
                self.keep("change", change)

    def more_of_one_professional(self) -> None:
        """The same person was here before, often."""
        person = Freelancer.objects.get(public_id=self.world.objects["main_freelancer"])
        for number, title in self.numbers(15):
            last = self.today - timedelta(days=150 + 100 * number)
            EngagementFactory(
                organisation=self.organisation,
                freelancer=person,
                department=self.department,
                manager=self.contacts["manager"],
                title=title,
                starts_on=last - timedelta(days=90),
                ends_on=last,
                closed_at=timezone.now(),
            )

    def more_messages(self) -> None:
        """Mail in every state, to many people; one was tried for a whole day."""
        contacts = list(Contact.objects.order_by("pk")[:120])
        dossiers = list(Engagement.objects.order_by("pk").values_list("public_id", flat=True)[:60])
        states = ("sent", "dead", "retry", "expired", "cancelled")
        now = timezone.now()
        Message.objects.bulk_create(
            Message(
                organisation=self.organisation,
                kind=("digest", "end_moved", "review_asked")[number % 3],
                dedupe_key=f"busy:{number}",
                contact=contacts[number % len(contacts)],
                dossier=dossiers[number % len(dossiers)],
                state=states[number % len(states)],
                reason="bounced" if number % len(states) == 1 else "",
                last_code=f"550 5.1.1 {self.words(3)}",
                sent_at=now if number % len(states) == 0 else None,
                created_at=now - timedelta(hours=number),
                next_attempt_at=now + timedelta(days=300),
                expires_at=now + timedelta(days=365),
            )
            for number in range(MESSAGES)
        )
        message = Message.objects.get(public_id=self.world.objects["message"])
        steps = (MessageAttempt.Step.STARTED, MessageAttempt.Step.DEFERRED)
        MessageAttempt.objects.bulk_create(
            MessageAttempt(
                organisation=self.organisation,
                message=message,
                number=1 + number // 2,
                lease_token=uuid4(),
                step=steps[number % 2],
                at=now - timedelta(minutes=5 * number),
                code=f"451 4.7.1 {self.words(2)}" if number % 2 else "",
            )
            for number in range(40)
        )

    def more_links(self) -> None:
        """Many people hold a link to one engagement."""
        for contact in Contact.objects.filter(is_external=False).order_by("-pk")[:25]:
            engagements.operations.issue_grant(
                contact_id=contact.pk,
                engagement_id=self.main.pk,
                scopes=engagements.operations.scopes_for(contact, self.main),
            )

    def more_sessions(self) -> None:
        user = self.world.users["admin"]
        for number in range(SESSIONS):
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            UserSession.objects.create(
                user=user,
                session_key=session.session_key,
                ip=f"192.0.2.{number}",
                user_agent=f"Mozilla/5.0 {BROWSERS[number % len(BROWSERS)]}",
            )

    def written(self, engagement: Engagement, title: str) -> Any:
        """Hand in text, with more words to it than in a small world."""
        made = self.handover(engagement, "runbook", title)
        content = knowledge.operations.Content(kind="text", text=self.chapters(12))
        self.save(made, content, engagement)
        self.submit(made, engagement)
        return made
