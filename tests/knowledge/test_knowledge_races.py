"""Two people decide about one handover or agreement: the second one sees what the first did."""

import dataclasses
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.actors import SYSTEM
from core.errors import InvalidTransitionError
from core.models import AuditEvent, Contact
from engagements.models import Engagement
from engagements.operations import blockers_of, close_engagement, facts_of, update_engagement
from knowledge import operations
from knowledge.models import Deliverable, DeliverableFile, KnowledgeAgreement, LedgerEntry, Review
from knowledge.operations import (
    AgreementFacts,
    DuplicateFileError,
    EngagementOverError,
    FileError,
    ReviewError,
)
from notifications.models import Message
from tests.factories.core import ContactFactory
from tests.knowledge.conftest import attach, hand_in, start, write
from tests.races import at_once, just_behind, winner_of

pytestmark = pytest.mark.django_db(transaction=True)
FORMS = {"runbook": 1, "workshop": 1}


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left of an engagement that ended."""

    engagement: Engagement
    submitted: Deliverable
    draft: Deliverable
    file: DeliverableFile
    proposed: KnowledgeAgreement
    colleague: Contact


@pytest.fixture
def deliverable(engagement, author):
    return start(engagement, author)


@pytest.fixture
def written(deliverable, author):
    write(deliverable, author)
    return deliverable


def submit(deliverable, author):
    return operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)


def withdraw(deliverable, author):
    return operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=author)


def describe(deliverable, author, title):
    return operations.update_deliverable(
        deliverable_id=deliverable.pk, title=title, outcome="", actor=author
    )


def accept(deliverable, reviewer, version=None):
    return operations.accept_deliverable(
        deliverable_id=deliverable.pk, actor=reviewer, version=version
    )


def give_back(deliverable, reviewer):
    return operations.ask_changes(
        deliverable_id=deliverable.pk, comment="Wie belt u?", actor=reviewer
    )


def hand_on(deliverable, contact, reviewer):
    return operations.hand_on_review(
        deliverable_id=deliverable.pk, contact_id=contact.pk, actor=reviewer
    )


def remove(file, author):
    return operations.remove_file(file_id=file.pk, actor=author)


def propose(engagement, actor, side="client", reason=""):
    return operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=AgreementFacts(forms=FORMS, reason=reason),
        side=side,
        actor=actor,
    )


def agree(agreement, author):
    return operations.accept_agreement(agreement_id=agreement.pk, side="freelancer", actor=author)


def decline(agreement, author):
    return operations.decline_agreement(
        agreement_id=agreement.pk, side="freelancer", reason="Te veel", actor=author
    )


def close(engagement):
    """Close the file, whatever is missing."""
    return close_engagement(
        engagement_id=engagement.pk,
        waivers={blocker.code: "Niet nodig" for blocker in blockers_of(engagement)},
        actor=SYSTEM,
    )


def name_manager(engagement, contact):
    facts = dataclasses.replace(facts_of(engagement), manager_id=contact.pk)
    return update_engagement(engagement_id=engagement.pk, facts=facts, version=None, actor=SYSTEM)


def history(action):
    return AuditEvent.objects.filter(action=f"knowledge.{action}").count()


def test_a_handover_that_was_just_handed_in_is_not_handed_in_again(organisation, written, author):
    late = just_behind(
        organisation, lambda: submit(written, author), lambda: submit(written, author)
    )

    assert isinstance(late, InvalidTransitionError)
    assert Message.objects.filter(kind="review_asked").count() == 1


def test_what_was_just_handed_in_is_not_described_anew(organisation, written, author):
    late = just_behind(
        organisation, lambda: submit(written, author), lambda: describe(written, author, "Anders")
    )

    assert isinstance(late, InvalidTransitionError)
    written.refresh_from_db()
    assert written.title == "Handleiding koppelingen"


def test_what_was_just_handed_in_takes_no_more_files(organisation, written, author):
    late = just_behind(
        organisation, lambda: submit(written, author), lambda: attach(written, author)
    )

    assert isinstance(late, InvalidTransitionError)
    assert not DeliverableFile.objects.exists()


def test_what_was_just_handed_in_keeps_its_text(organisation, written, author):
    late = just_behind(
        organisation, lambda: submit(written, author), lambda: write(written, author, "Anders")
    )

    assert isinstance(late, InvalidTransitionError)
    assert written.versions.get().text == "Zo start u de koppeling opnieuw."


def test_what_was_just_withdrawn_is_not_accepted(organisation, submitted, author, reviewer):
    late = just_behind(
        organisation, lambda: withdraw(submitted, author), lambda: accept(submitted, reviewer)
    )

    assert isinstance(late, InvalidTransitionError)
    assert not LedgerEntry.objects.exists()


def test_what_was_just_accepted_is_not_withdrawn(organisation, submitted, author, reviewer):
    late = just_behind(
        organisation, lambda: accept(submitted, reviewer), lambda: withdraw(submitted, author)
    )

    assert isinstance(late, InvalidTransitionError)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("first", [accept, give_back])
@pytest.mark.parametrize("second", [accept, give_back])
def test_a_handover_is_judged_once(organisation, submitted, reviewer, first, second):
    late = just_behind(
        organisation, lambda: first(submitted, reviewer), lambda: second(submitted, reviewer)
    )

    assert isinstance(late, InvalidTransitionError)
    assert Review.objects.count() == 1
    assert LedgerEntry.objects.count() == (first is accept)


def test_a_review_is_handed_on_to_a_colleague_once(organisation, submitted, reviewer):
    colleague = ContactFactory(organisation=organisation)

    late = just_behind(
        organisation,
        lambda: hand_on(submitted, colleague, reviewer),
        lambda: hand_on(submitted, colleague, reviewer),
    )

    assert isinstance(late, ReviewError)
    assert Message.objects.filter(kind="review_asked", contact=colleague).count() == 1


def test_a_review_that_was_just_handed_on_stays_with_the_colleague_when_the_manager_changes(
    organisation, engagement, submitted, reviewer
):
    colleague, successor = ContactFactory.create_batch(2, organisation=organisation)

    just_behind(
        organisation,
        lambda: hand_on(submitted, colleague, reviewer),
        lambda: name_manager(engagement, successor),
    )

    assert not Message.objects.filter(kind="review_asked", contact=successor).exists()


def test_a_review_waits_for_the_new_manager_and_is_done_all_the_same(
    organisation, engagement, submitted, reviewer
):
    successor = ContactFactory(organisation=organisation)

    accepted = just_behind(
        organisation,
        lambda: name_manager(engagement, successor),
        lambda: accept(submitted, reviewer),
    )

    assert accepted.state == "accepted"
    assert Message.objects.filter(kind="review_asked", contact=successor).count() == 1


def test_a_file_is_taken_out_once(organisation, deliverable, author):
    file = attach(deliverable, author)

    late = just_behind(organisation, lambda: remove(file, author), lambda: remove(file, author))

    assert isinstance(late, FileError)
    assert history("file.removed") == 1


def test_a_file_that_was_just_added_is_not_added_again(organisation, deliverable, author):
    content = b"Herstart de koppeling om acht uur."

    def add(name):
        return attach(deliverable, author, name=name, content=content)

    late = just_behind(organisation, lambda: add("een.txt"), lambda: add("twee.txt"))

    assert isinstance(late, DuplicateFileError)
    assert late.first.original_name == "een.txt"


def test_a_booking_is_taken_back_once(organisation, submitted, reviewer):
    accept(submitted, reviewer)
    entry = LedgerEntry.objects.get()

    def reverse():
        return operations.reverse_entry(entry_id=entry.pk, reason="Fout", actor=reviewer)

    late = just_behind(organisation, reverse, reverse)

    assert isinstance(late, InvalidTransitionError)
    assert LedgerEntry.objects.count() == 2


def test_a_proposal_that_was_just_replaced_is_not_accepted(
    organisation, engagement, author, reviewer
):
    proposed = propose(engagement, reviewer)

    late = just_behind(
        organisation,
        lambda: propose(engagement, reviewer, reason="Meer tijd"),
        lambda: agree(proposed, author),
    )

    assert isinstance(late, InvalidTransitionError)
    assert not KnowledgeAgreement.objects.in_force().exists()


def test_a_proposal_behind_an_acceptance_is_the_next_version(
    organisation, engagement, author, reviewer
):
    proposed = propose(engagement, reviewer)

    late = just_behind(
        organisation,
        lambda: agree(proposed, author),
        lambda: propose(engagement, reviewer, reason="Meer tijd"),
    )

    assert late.version == 2
    assert KnowledgeAgreement.objects.in_force().get() == proposed


@pytest.mark.parametrize("first", [agree, decline])
@pytest.mark.parametrize("second", [agree, decline])
def test_a_proposal_is_answered_once(organisation, engagement, author, reviewer, first, second):
    proposed = propose(engagement, reviewer)

    late = just_behind(
        organisation, lambda: first(proposed, author), lambda: second(proposed, author)
    )

    assert isinstance(late, InvalidTransitionError)
    assert history("agreement.accepted") + history("agreement.declined") == 1


def test_two_handovers_of_one_form_begun_at_once_are_two(organisation, engagement, author):
    at_once(
        organisation,
        lambda: start(engagement, author, title="Een"),
        lambda: start(engagement, author, title="Twee"),
    )

    assert Deliverable.objects.count() == 2


def test_of_two_reviewers_at_once_one_is_heard(organisation, engagement, author, reviewer):
    submitted = hand_in(engagement, author)

    results = at_once(
        organisation, lambda: accept(submitted, reviewer), lambda: give_back(submitted, reviewer)
    )

    won = winner_of(results, losers_hear=InvalidTransitionError)
    submitted.refresh_from_db()
    assert submitted.state == won.state


@pytest.fixture
def ended(engagement, submitted, author, reviewer):
    """An engagement of yesterday, with one of everything that can still change."""
    yesterday = engagement.organisation.today() - timedelta(days=1)
    Engagement.objects.filter(pk=engagement.pk).update(ends_on=yesterday)
    draft = start(engagement, author, title="Draft")
    return Left(
        engagement=engagement,
        submitted=submitted,
        draft=draft,
        file=attach(draft, author),
        proposed=propose(engagement, reviewer),
        colleague=ContactFactory(organisation=engagement.organisation),
    )


ACTS = {
    "start": lambda left, author, _reviewer: start(left.engagement, author, title="New"),
    "describe": lambda left, author, _reviewer: describe(left.draft, author, "Anders"),
    "write": lambda left, author, _reviewer: write(left.draft, author),
    "attach": lambda left, author, _reviewer: attach(
        left.draft, author, "andere.txt", b"Andere tekst."
    ),
    "remove": lambda left, author, _reviewer: remove(left.file, author),
    "submit": lambda left, author, _reviewer: submit(left.draft, author),
    "withdraw": lambda left, author, _reviewer: withdraw(left.submitted, author),
    "accept": lambda left, _author, reviewer: accept(left.submitted, reviewer),
    "give_back": lambda left, _author, reviewer: give_back(left.submitted, reviewer),
    "hand_on": lambda left, _author, reviewer: hand_on(left.submitted, left.colleague, reviewer),
    "propose": lambda left, _author, reviewer: propose(left.engagement, reviewer, reason="Meer"),
    "agree": lambda left, author, _reviewer: agree(left.proposed, author),
    "decline": lambda left, author, _reviewer: decline(left.proposed, author),
}


@pytest.mark.parametrize("act", ACTS)
def test_once_a_file_is_closed_nothing_of_it_changes(organisation, ended, author, reviewer, act):
    late = just_behind(
        organisation, lambda: close(ended.engagement), lambda: ACTS[act](ended, author, reviewer)
    )

    assert isinstance(late, EngagementOverError)
    assert Deliverable.objects.get(pk=ended.submitted.pk).state == "submitted"
    assert KnowledgeAgreement.objects.get().state == "superseded"
