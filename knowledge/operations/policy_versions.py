"""Changes of a points policy: each a version of its own, so that nothing that runs changes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.errors import DomainError, InvalidTransitionError
from core.models import Organisation
from knowledge.models import TransferForm, TransferPolicy

LONGEST_CODE: Final = 40  # characters, as the columns have
MOST_FORMS: Final = 40


class PolicyError(DomainError):
    """This policy does not add up; `field` says where, when it is one place."""

    def __init__(self, message: str, field: str | None = None) -> None:  # noqa: D107 - see above
        super().__init__(message)
        self.field = field


class PolicyChangedError(DomainError):
    """Somebody saved a version meanwhile; `newest` is that one."""

    def __init__(self, newest: TransferPolicy) -> None:  # noqa: D107 - the class says it
        super().__init__(
            _(
                "%(name)s saved version %(version)d meanwhile. What you typed is still here: "
                "compare, and save again to put yours after it."
            )
            % {"name": newest.saved_by, "version": newest.version}
        )
        self.newest = newest


@dataclass(frozen=True, kw_only=True, slots=True)
class FormFacts:
    """What one form of handing over is worth, and what it asks.

    Attributes:
        code: of a form that exists in a version of the policy; a new one gets its own.
        cap_share: of the target; None for a form that counts once and has no cap.
    """

    code: str = ""
    name_nl: str
    name_en: str
    mode: str
    base_points: Decimal
    evidence_nl: str = ""
    evidence_en: str = ""
    cap_share: Decimal | None = None
    once_only: bool = False
    is_written: bool = False
    is_session: bool = False
    has_sections: bool = False
    minimum_attendees: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyFacts:
    """What a version says; a form that is not among `forms` is off.

    Attributes:
        accepted_share, received_share, applied_share: parts of 1, together 1.
        written_cap_share: of the target, for all written and recorded forms together.
        minimum_forms: different forms that an agreement needs.
        note: what changes, and why.
    """

    name_nl: str
    name_en: str
    accepted_share: Decimal
    received_share: Decimal
    applied_share: Decimal
    forms: Sequence[FormFacts]
    written_cap_share: Decimal | None = None
    minimum_forms: int = 1
    note: str = ""


@transaction.atomic
def save_policy(*, policy_id: int, facts: PolicyFacts, actor: Actor) -> TransferPolicy:
    """Save a new version of a policy; agreements keep the version that they were made with.

    Args:
        policy_id: the version that the change departs from.
        facts: the whole of the new version.
        actor: somebody at HR.

    Raises:
        TransferPolicy.DoesNotExist: there is no such version.
        PolicyChangedError: somebody saved a version after this one.
        PolicyError: it does not add up.

    Source: domain.md section 1, invariant 5: a new version never changes old bookings.
    """
    before = _lock_newest(policy_id)
    _check(facts, before.code)
    is_default = before.is_default
    before.is_current = before.is_default = False
    before.save(update_fields=["is_current", "is_default"])
    policy = TransferPolicy(
        organisation=before.organisation,
        code=before.code,
        version=before.version + 1,
        is_default=is_default,
    )
    _write(policy, facts, actor)
    _record("saved", policy, actor)
    return policy


@transaction.atomic
def add_policy(*, organisation: Organisation, facts: PolicyFacts, actor: Actor) -> TransferPolicy:
    """Add a policy of the organisation's own, beside those that there are.

    Raises:
        PolicyError: it does not add up, or has the name of another one.
    """
    _lock(organisation.pk)
    _check(facts, code="")
    codes = set(TransferPolicy.objects.values_list("code", flat=True))
    code = _free_code(facts.name_en, "policy", codes)
    policy = TransferPolicy(organisation=organisation, code=code, version=1)
    _write(policy, facts, actor)
    _record("added", policy, actor)
    return policy


@transaction.atomic
def choose_policy(*, policy_id: int, actor: Actor) -> TransferPolicy:
    """Make a policy the one that new agreements begin with.

    Raises:
        TransferPolicy.DoesNotExist: there is no such version.
        PolicyChangedError: somebody saved a version after this one.
        InvalidTransitionError: it is the one already.
    """
    policy = _lock_newest(policy_id)
    if policy.is_default:
        raise InvalidTransitionError(_("New agreements use this policy already."))
    TransferPolicy.objects.filter(is_default=True).update(is_default=False)
    policy.is_default = True
    policy.save(update_fields=["is_default"])
    _record("chosen", policy, actor)
    return policy


def _lock(organisation_id: int) -> None:
    """Let one change of the policies pass at a time; rows that refer to the organisation go on."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)


def _lock_newest(policy_id: int) -> TransferPolicy:
    _lock(TransferPolicy.objects.get(pk=policy_id).organisation_id)
    policy = TransferPolicy.objects.get(pk=policy_id)
    if not policy.is_current:
        raise PolicyChangedError(TransferPolicy.objects.get(code=policy.code, is_current=True))
    return policy


def _check(facts: PolicyFacts, code: str) -> None:
    """Stop what no field by itself can see."""
    shares = (facts.accepted_share, facts.received_share, facts.applied_share)
    if sum(shares) != 1:
        raise PolicyError(_("The three stages together make 100%."), "accepted_share")
    if not 1 <= len(facts.forms) <= MOST_FORMS:
        raise PolicyError(
            _("A policy has between 1 and %(most)d forms of handing over.") % {"most": MOST_FORMS}
        )
    if not 1 <= facts.minimum_forms <= len(facts.forms):
        raise PolicyError(_("An agreement cannot ask more forms than there are."), "minimum_forms")
    if any(not form.once_only and form.cap_share is None for form in facts.forms):
        raise PolicyError(_("Every form has a limit or counts once."))
    _check_names(facts, code)


def _check_names(facts: PolicyFacts, code: str) -> None:
    for language in ("name_nl", "name_en"):
        names = [getattr(form, language).casefold() for form in facts.forms]
        if len(set(names)) < len(names):
            raise PolicyError(_("Two forms have the same name."))
        others = TransferPolicy.objects.filter(is_current=True).exclude(code=code)
        if others.filter(**{f"{language}__iexact": getattr(facts, language)}).exists():
            raise PolicyError(_("Another policy has this name."), language)


def _write(policy: TransferPolicy, facts: PolicyFacts, actor: Actor) -> None:
    for column in fields(facts):
        if column.name != "forms":
            setattr(policy, column.name, getattr(facts, column.name))
    policy.saved_by = actor.label[:150]
    _clean(policy, "organisation")
    policy.save()
    TransferForm.objects.bulk_create(_forms_of(policy, facts.forms))


def _forms_of(policy: TransferPolicy, facts: Sequence[FormFacts]) -> list[TransferForm]:
    # Of the whole organisation: a code means the same in every version, also of a form that is off.
    codes = set(TransferForm.objects.values_list("code", flat=True))
    codes |= {one.code for one in facts}
    rows = []
    for position, one in enumerate(facts, start=1):
        columns = asdict(one)
        columns["code"] = one.code or _free_code(one.name_en, "form", codes)
        codes.add(columns["code"])
        row = TransferForm(
            organisation=policy.organisation, policy=policy, position=position, **columns
        )
        _clean(row, "organisation", "policy")
        rows.append(row)
    return rows


def _clean(row: models.Model, *excluded: str) -> None:
    try:
        row.clean_fields(exclude=excluded)
        row.validate_constraints(exclude=excluded)
    except ValidationError as error:
        raise PolicyError(" ".join(error.messages)) from error


def _free_code(name: str, otherwise: str, taken: set[str]) -> str:
    stem = slugify(name)[: LONGEST_CODE - 4].strip("-") or otherwise
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (stem, *numbered) if code not in taken)


def _record(past: str, policy: TransferPolicy, actor: Actor) -> None:
    audit.record(
        f"knowledge.policy.{past}",
        subject=policy,
        actor=actor,
        data={"name_nl": policy.name_nl, "name_en": policy.name_en, "version": policy.version},
    )
