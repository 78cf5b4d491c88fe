"""Professionals and their engagements."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dashboards.management.scale import words
from dashboards.management.scale.dice import iso, moment
from dashboards.management.scale.ground import OUTSIDE, Department, Ground
from dashboards.management.scale.periods import Period, periods
from engagements.rules import sort_name_of

PLANNED_BEFORE: Final = 30  # days between planning and the first day
CLOSED_AFTER: Final = 25  # days between the last day and closing
WITH_LOGIN: Final = 0.25  # of those who left; all who work here have one


@dataclass(frozen=True, slots=True)
class Person:
    """A professional with the keys of both addresses."""

    pk: int
    full_name: str
    business: int
    private: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """One engagement with everything that other rows need of it."""

    pk: int
    public_id: str
    period: Period
    person: Person
    department: Department
    manager: tuple[int, str]  # key and name
    planned_at: str
    closed_at: str | None


def assign(ground: Ground, count: int) -> Iterator[Assignment]:
    """Write professionals until an organisation has its number of engagements.

    Args:
        ground: of the organisation.
        count: of engagements.
    """
    number = 0
    while count > 0:
        number += 1
        work = list(periods(ground.dice, ground.today, count))
        person = _person(ground, number, work)
        department = ground.dice.choice(ground.departments)
        for period in work:
            yield _assignment(ground, period, person, department)
        count -= len(work)


def _person(ground: Ground, number: int, work: list[Period]) -> Person:
    dice, book, organisation = ground.dice, ground.book, ground.organisation.pk
    full_name = words.person(dice)
    since = moment(iso(work[-1].starts - PLANNED_BEFORE), 9)
    business, private = (
        book.contacts.add((organisation,), dice.uuid(), full_name, email, OUTSIDE)
        for email in (f"zzp{number}@{ground.domain}", f"zzp{number}@thuis.{ground.domain}")
    )
    user = None
    if work[0].fate in ("live", "planned") or dice.chance(WITH_LOGIN):
        email = f"zzp{number}@{ground.domain}"
        # A password that nobody can have: they sign in by a mailed code.
        user = book.users.add((), dice.uuid(), email, full_name, f"!{dice.uuid()}", since)
    key = book.freelancers.add(
        (organisation, business, private, user),
        dice.uuid(),
        full_name,
        sort_name_of(full_name),
        f"{full_name.rpartition(' ')[2]} Advies",
        f"{dice.randint(10_000_000, 99_999_999)}",
        since,
    )
    return Person(key, full_name, business, private)


def _assignment(
    ground: Ground, period: Period, person: Person, department: Department
) -> Assignment:
    dice, book = ground.dice, ground.book
    manager = dice.choice(department.managers)
    public_id = dice.uuid()
    planned_at = moment(iso(min(period.starts - PLANNED_BEFORE, ground.today - 1)), 9)
    closed_on = iso(min(period.ends + CLOSED_AFTER, ground.today))
    closed_at = moment(closed_on, 0, 30) if period.fate == "closed" else None
    is_cancelled = period.fate == "cancelled"
    key = book.engagements.add(
        (ground.organisation.pk, person.pk, department.pk, manager[0]),
        public_id,
        f"SCHAAL-{public_id[:12]}",
        f"{dice.choice(words.ROLES)} {words.some(dice, 1)}",
        words.sentence(dice, 8),
        period.starts_on,
        period.ends_on,
        Decimal(dice.randint(60, 160)),
        planned_at,
        moment(iso(period.starts - 5), 9) if is_cancelled else None,
        "Budget vervallen" if is_cancelled else "",
        moment(iso(period.ends - 5), 9) if period.is_early and not is_cancelled else None,
        closed_at,
    )
    return Assignment(key, public_id, period, person, department, manager, planned_at, closed_at)


def record(ground: Ground, one: Assignment, at: str, action: str, **facts: object) -> None:
    """Write one line of the history of an engagement."""
    person = one.manager[1] if action.endswith("accepted") else "Hanneke Proef"
    kind, subject = action.split(".", maxsplit=1)[0], action.split(".")[1]
    ground.book.events.add(
        (ground.organisation.pk, one.pk),
        *(at, "user", person, action, f"{kind}.{subject}", one.public_id, facts),
    )
