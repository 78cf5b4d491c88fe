"""All tables that are filled, parents before children."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from psycopg import sql

from accounts.models import User
from core.models import AuditEvent, Contact
from dashboards.management.scale.bare import without_indexes
from dashboards.management.scale.sheets import Sheet
from engagements.models import Department, Engagement, Freelancer, LinkGrant
from knowledge.models import (
    AgreedForm,
    Confirmation,
    CoverageSnapshot,
    Deliverable,
    DeliverableVersion,
    KnowledgeAgreement,
    LedgerEntry,
    LibraryItem,
    LibraryWord,
    Receiver,
    Review,
    Topic,
    TopicHandover,
    TransferSession,
    UsefulnessCheck,
)
from notifications.models import Message, MessageAttempt, Reminder
from offboarding.models import Checklist, ChecklistItem, RoleHolder
from offboarding.models.procedures import StepFields

STEP: Final = tuple(str(field.attname) for field in StepFields._meta.local_concrete_fields)


class Book:
    """One sheet per table."""

    def __init__(self) -> None:
        self._reader: ThreadPoolExecutor
        self._reading: Future[None] = Future()
        self._reading.set_result(None)
        self._people()
        self._lists()
        self._knowledge()
        self._mail()

    def _people(self) -> None:
        self.users = Sheet(
            User, "", "public_id email full_name password date_joined", last_login=None
        )
        self.contacts = Sheet(
            Contact, "organisation_id", "public_id name email is_external", language="nl"
        )
        self.departments = Sheet(Department, "organisation_id head_id", "public_id name")
        self.role_holders = Sheet(
            RoleHolder, "organisation_id contact_id", "public_id role", department_id=None
        )
        self.freelancers = Sheet(
            Freelancer,
            "organisation_id business_contact_id private_contact_id user_id",
            "public_id full_name sort_name business_name kvk_number created_at",
        )
        self.engagements = Sheet(
            Engagement,
            "organisation_id freelancer_id department_id manager_id",
            "public_id external_id title goal starts_on ends_on hourly_rate created_at"
            " cancelled_at cancel_reason ended_early_at closed_at",
        )

    def _lists(self) -> None:
        self.checklists = Sheet(
            Checklist, "organisation_id engagement_id version_id", "phase started_at"
        )
        self.items = Sheet(
            ChecklistItem,
            "organisation_id checklist_id engagement_id owner_id",
            f"public_id due_on dated_on state settled_at settled_by reason {' '.join(STEP)}",
        )

    def _knowledge(self) -> None:
        self.agreements = Sheet(
            KnowledgeAgreement,
            "organisation_id engagement_id policy_id",
            "public_id state target paid_hours proposed_by proposed_at client_accepted_at"
            " client_accepted_by freelancer_accepted_at",
            version=1,
            proposed_by_side="client",
        )
        self.agreed_forms = Sheet(AgreedForm, "organisation_id agreement_id form_id", "times")
        self.topics = Sheet(
            Topic,
            "organisation_id engagement_id",
            "public_id title criticality state proposed_by proposed_at agreed_at agreed_by",
            proposed_by_side="freelancer",
        )
        self.deliverables = Sheet(
            Deliverable,
            "organisation_id engagement_id form_id",
            "public_id title outcome state created_at submitted_at review_due_on decided_at"
            " check_on",
        )
        self.versions = Sheet(
            DeliverableVersion,
            "organisation_id deliverable_id",
            "public_id kind text created_at submitted_at",
            number=1,
        )
        self.sessions = Sheet(
            TransferSession,
            "organisation_id version_id",
            "public_id starts_at place attendees",
        )
        self.reviews = Sheet(
            Review,
            "organisation_id version_id reviewer_contact_id",
            "verdict comment reviewer_label at",
            is_complete="yes",
            is_usable="yes",
        )
        self.links = Sheet(TopicHandover, "organisation_id topic_id deliverable_id")
        self._receiving()

    def _receiving(self) -> None:
        self.receivers = Sheet(
            Receiver,
            "organisation_id topic_id contact_id",
            "public_id named_by named_at asked_at",
            named_by_side="client",
        )
        self.confirmations = Sheet(
            Confirmation,
            "organisation_id receiver_id deliverable_id",
            "public_id answer words said_by at",
            is_external=False,
        )
        self.ledger = Sheet(
            LedgerEntry,
            "organisation_id engagement_id deliverable_id confirmation_id",
            "public_id booked_by booked_at stage amount base_points share uncapped limited_by"
            " target form_code is_written is_once form_cap written_cap",
            policy_code="proven",
            policy_version=1,
        )
        self.usefulness = Sheet(
            UsefulnessCheck,
            "organisation_id receiver_id",
            "public_id days_after was_used was_enough had_to_call hours_lost said_by answered_at",
        )
        self.snapshots = Sheet(
            CoverageSnapshot, "organisation_id engagement_id department_id", "on weight open_weight"
        )
        self.library = Sheet(
            LibraryItem,
            "organisation_id deliverable_id version_id engagement_id form_id",
            "credit accepted_at names body",
        )
        self.words = Sheet(LibraryWord, "organisation_id", "word")

    def _mail(self) -> None:
        self.messages = Sheet(
            Message,
            "organisation_id contact_id",
            "public_id kind dedupe_key dossier state created_at next_attempt_at expires_at"
            " attempts sent_at last_code reason",
        )
        self.attempts = Sheet(
            MessageAttempt, "organisation_id message_id", "number lease_token step at code"
        )
        self.reminders = Sheet(
            Reminder,
            "organisation_id contact_id message_id",
            "key rule band about_on dossier due_at expires_at state created_at",
        )
        self.grants = Sheet(
            LinkGrant,
            "organisation_id contact_id engagement_id message_id",
            "public_id scopes secret_hash created_at expires_at last_used_at use_count",
        )
        self.events = Sheet(
            AuditEvent,
            "organisation_id subject_id",
            "at actor_kind actor_label action subject_type dossier data",
        )

    @property
    def sheets(self) -> list[Sheet]:
        """Return the sheets in the order in which they are copied."""
        return [sheet for sheet in vars(self).values() if isinstance(sheet, Sheet)]

    @contextmanager
    def open(self, cursor: Any) -> Iterator[None]:
        """Go on after the rows that there are, and leave tables whole and sequences right."""
        with without_indexes(cursor, [sheet.table for sheet in self.sheets]):
            for sheet in self.sheets:
                sheet.start_after(cursor)
            # The database reads one lot while the next is made: one core each.
            with ThreadPoolExecutor(max_workers=1) as self._reader:
                yield
                self.flush(cursor)
                self.wait()
            for sheet in self.sheets:
                sheet.leave(cursor)

    def flush(self, cursor: Any) -> None:
        """Hand what waits to the database, when it is done with what it got before.

        Until `wait` nobody else may use the connection.
        """
        lot = [sheet.take() for sheet in self.sheets]
        self.wait()
        self._reading = self._reader.submit(_copy, cursor.connection.cursor, lot)

    def wait(self) -> None:
        """Wait until the database has everything that was handed to it.

        Raises:
            DatabaseError: it refused a row.
        """
        self._reading.result()


def _copy(open_cursor: Callable[[], Any], lot: list[tuple[sql.Composed, str]]) -> None:
    with open_cursor() as cursor:
        for statement, text in lot:
            if text:
                with cursor.copy(statement) as copy:
                    copy.write(text)
