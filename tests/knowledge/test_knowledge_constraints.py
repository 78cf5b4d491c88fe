"""Each named constraint refuses what it is named after, whoever writes the row."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from knowledge.models import (
    AgreedForm,
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    KnowledgeAgreement,
    LedgerEntry,
    Review,
    TransferPolicy,
    TransferSession,
)
from tests.factories.knowledge import (
    DeliverableFactory,
    DeliverableFileFactory,
    DeliverableVersionFactory,
    KnowledgeAgreementFactory,
    LedgerEntryFactory,
    form_of,
)

NOW = timezone.now()


def refused(name, act):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


@pytest.fixture
def deliverable(organisation, policy):
    return DeliverableFactory(engagement__organisation=organisation)


@pytest.fixture
def version(deliverable):
    return DeliverableVersionFactory(deliverable=deliverable)


def copy_of(row, **changes):
    """Insert the same row again, except for its keys."""
    fields = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if field.name not in ("id", "public_id")
    }
    return type(row).objects.create(**{**fields, **changes})


def test_policies(policy):
    refused("transfer_policy_version_once", lambda: copy_of(policy, is_default=False))
    refused("transfer_policy_one_current", lambda: copy_of(policy, version=2, is_default=False))
    refused("transfer_policy_one_default", lambda: copy_of(policy, code="own"))
    other = {"code": "own", "is_default": False}
    refused(
        "transfer_policy_shares_make_one", lambda: copy_of(policy, **other, accepted_share="0.31")
    )
    refused("transfer_policy_asks_a_form", lambda: copy_of(policy, **other, minimum_forms=0))
    refused(
        "transfer_policy_default_is_newest",
        lambda: TransferPolicy.objects.filter(pk=policy.pk).update(is_current=False),
    )


def test_forms(organisation, policy):
    runbook = form_of(organisation, "runbook")
    refused("transfer_form_once", lambda: copy_of(runbook))
    refused(
        "transfer_form_capped_or_once",
        lambda: copy_of(runbook, code="own", cap_share=None),
    )
    refused("transfer_form_written_or_met", lambda: copy_of(runbook, code="own", is_session=True))


def test_agreements(engagement):
    agreement = KnowledgeAgreementFactory(engagement=engagement, in_force=True)
    refused("agreement_version_once", lambda: copy_of(agreement, state="declined"))
    refused("agreement_one_in_force", lambda: copy_of(agreement, version=2, reason="x"))
    KnowledgeAgreementFactory(engagement=engagement, version=2, reason="x")
    refused(
        "agreement_one_proposed",
        lambda: KnowledgeAgreementFactory(engagement=engagement, version=3, reason="x"),
    )
    refused(
        "agreement_change_has_reason",
        lambda: KnowledgeAgreementFactory(engagement=engagement, version=4, state="declined"),
    )
    refused(
        "agreement_accepted_by_both",
        lambda: KnowledgeAgreement.objects.filter(pk=agreement.pk).update(
            freelancer_accepted_at=None
        ),
    )
    form = AgreedForm.objects.create(
        organisation=engagement.organisation,
        agreement=agreement,
        form=agreement.policy.forms.first(),
    )
    refused("agreed_form_once", lambda: copy_of(form))


def test_deliverables(deliverable):
    this = Deliverable.objects.filter(pk=deliverable.pk)
    for wrong in (
        {"decided_at": NOW},
        {"state": "accepted", "submitted_at": NOW},
        {"state": "submitted", "submitted_at": NOW, "decided_at": NOW},
    ):
        refused("deliverable_decided_iff_timestamped", lambda wrong=wrong: this.update(**wrong))
    refused("deliverable_submitted_has_time", lambda: this.update(state="submitted"))
    refused("deliverable_quick_log_names_who_heard_it", lambda: this.update(is_quick_log=True))


def test_versions(version):
    refused("deliverable_version_once", lambda: copy_of(version))
    refused(
        "deliverable_version_link_filled",
        lambda: DeliverableVersion.objects.filter(pk=version.pk).update(
            kind="link", submitted_at=NOW
        ),
    )


def test_files(version):
    file = DeliverableFileFactory(version=version)
    refused("file_once_per_engagement", lambda: copy_of(file))
    copy_of(file, is_withdrawn=True)
    assert DeliverableFile.objects.count() == 2


def test_sessions(version, organisation):
    refused(
        "session_length_sane",
        lambda: TransferSession.objects.create(
            organisation=organisation, version=version, starts_at=NOW, minutes=1441
        ),
    )
    refused(
        "session_in_our_time",
        lambda: TransferSession.objects.create(
            organisation=organisation, version=version, starts_at=NOW.replace(year=26)
        ),
    )


def test_reviews(version, organisation):
    refused(
        "review_changes_have_comment",
        lambda: Review.objects.create(
            organisation=organisation,
            version=version,
            verdict="changes_asked",
            reviewer_label="Peter Bos",
        ),
    )


def test_ledger(deliverable):
    entry = LedgerEntryFactory(deliverable=deliverable)
    refused("ledger_stage_booked_once", lambda: copy_of(entry))
    refused("ledger_later_stage_has_a_ground", lambda: copy_of(entry, stage="received"))
    refused("ledger_later_stage_has_a_ground", lambda: copy_of(entry, without_receiver=True))
    later = {"stage": "received", "without_receiver": True, "reason": "Niemand neemt het over"}
    refused("ledger_sign_fits", lambda: copy_of(entry, **later, amount=-1))
    refused("ledger_sign_fits", lambda: copy_of(entry, reverses=entry, amount=1, reason="Fout"))
    refused("ledger_reversal_has_reason", lambda: copy_of(entry, reverses=entry, amount=-1))
    refused("ledger_zero_only_by_a_cap", lambda: copy_of(entry, **later, amount=0, limited_by=""))
    copy_of(entry, reverses=entry, amount=-1, reason="Fout")
    refused("reverses_id", lambda: copy_of(entry, reverses=entry, amount=-1, reason="Nog eens"))
    assert LedgerEntry.objects.count() == 2
