"""What an organisation has before its first engagement: founded as people do, then filled."""

from dataclasses import dataclass
from typing import Final

import offboarding.operations
from accounts.models import Membership
from accounts.operations import invite_member
from core.actors import SYSTEM
from core.models import Organisation
from core.scoping import organisation_scope
from dashboards.management.scale import words
from dashboards.management.scale.book import Book
from dashboards.management.scale.dice import Dice
from dashboards.operations import found_organisation
from knowledge.models import TransferForm, TransferPolicy
from offboarding.models import OwnerRole, ProcedureStep, ProcedureVersion

ROLES_HELD: Final = (
    OwnerRole.HR,
    OwnerRole.PROCUREMENT,
    OwnerRole.IT,
    OwnerRole.FACILITIES,
    OwnerRole.SECURITY,
)
ENGAGEMENTS_OF_A_DEPARTMENT: Final = 250
INSIDE, OUTSIDE = False, True  # of the organisation
MOST_DEPARTMENTS: Final = 60
MANAGERS: Final = 3  # of a department
COLLEAGUES: Final = 8  # of a department, who receive


@dataclass(frozen=True)
class Department:
    """A department with the keys of those who work there."""

    pk: int
    name: str
    managers: tuple[tuple[int, str], ...]
    colleagues: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Ground:
    """Everything that the rows of engagements refer to."""

    organisation: Organisation
    domain: str
    today: int  # counted from the year 1
    dice: Dice
    book: Book
    departments: tuple[Department, ...]
    holders: dict[str, int]  # of roles: keys of contacts
    policy: TransferPolicy
    forms: dict[str, TransferForm]
    version: ProcedureVersion
    steps: tuple[ProcedureStep, ...]


def slug_of(seed: int, number: int) -> str:
    """Return the short name of one of the organisations that a seed makes."""
    return f"schaal-{seed}-{number:04}"


def found(seed: int, number: int) -> Organisation:
    """Found an organisation with its first members and everything that ships.

    Args:
        seed: of all organisations.
        number: of this one, from 1.
    """
    slug = slug_of(seed, number)
    organisation = found_organisation(
        name=f"Proeforganisatie {number}",
        slug=slug,
        hr_email=f"hr@{slug}.example",
        hr_name=f"Hanneke Proef {number}",
        language="nl",
    )
    with organisation_scope(organisation):
        invite_member(
            organisation=organisation,
            email=f"auditor@{slug}.example",
            full_name=f"Arie Proef {number}",
            role=Membership.Role.AUDITOR,
            actor=SYSTEM,
        )
    return organisation


def lay(organisation: Organisation, engagements: int, book: Book) -> Ground:
    """Give an organisation that was just founded its departments and people.

    Args:
        organisation: its scope is open.
        engagements: how many it will have.
        book: where rows are written.
    """
    domain = f"{organisation.slug}.example"
    dice = Dice(organisation.slug)
    count = min(MOST_DEPARTMENTS, 4 + engagements // ENGAGEMENTS_OF_A_DEPARTMENT)
    version = offboarding.operations.ship_procedure(organisation=organisation)
    policy = TransferPolicy.objects.get(is_default=True)
    return Ground(
        organisation=organisation,
        domain=domain,
        today=organisation.today().toordinal(),
        dice=dice,
        book=book,
        departments=tuple(_department(organisation, at, dice, book) for at in range(count)),
        holders=_holders(organisation, dice, book),
        policy=policy,
        forms={form.code: form for form in policy.forms.all()},
        version=version,
        steps=tuple(version.steps.all()),
    )


def _department(organisation: Organisation, at: int, dice: Dice, book: Book) -> Department:
    part, turn = words.PARTS[at % len(words.PARTS)], at // len(words.PARTS)
    name = f"{part} {turn + 1}" if turn else part
    people = []
    for number in range(MANAGERS + COLLEAGUES):
        full_name = words.person(dice)
        key = _contact(organisation, f"afdeling{at}.{number}", full_name, dice, book)
        people.append((key, full_name))
    key = book.departments.add((organisation.pk, people[0][0]), dice.uuid(), name)
    return Department(key, name, tuple(people[:MANAGERS]), tuple(people[MANAGERS:]))


def _holders(organisation: Organisation, dice: Dice, book: Book) -> dict[str, int]:
    holders = {}
    for role in ROLES_HELD:
        code = str(role.value)
        key = _contact(organisation, f"rol.{code}", words.person(dice), dice, book)
        book.role_holders.add((organisation.pk, key), dice.uuid(), code)
        holders[code] = key
    return holders


def _contact(organisation: Organisation, local: str, name: str, dice: Dice, book: Book) -> int:
    email = f"{local}@{organisation.slug}.example"
    return book.contacts.add((organisation.pk,), dice.uuid(), name, email, INSIDE)
