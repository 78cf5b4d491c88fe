"""What the organisation knows already of the people and things that a file names."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from typing import Final, TypeVar

from django.db.models.functions import Lower

from core.models import Contact, Organisation
from engagements.models import Department, Engagement, Freelancer, Intermediary
from engagements.operations.imports.parsing import Row

AT_ONCE: Final = 2000  # keys in one query
ADDRESSES: Final = ("freelancer_email", "freelancer_private_email", "manager_email")
KeyT = TypeVar("KeyT")
RowT = TypeVar("RowT")


@dataclass(slots=True)
class World:
    """What is known, each under what a file calls it (in small letters).

    Attributes:
        organisation: whose it is.
        today: where the organisation is.
        freelancers: by business address.
        engagements: by external id, cancelled and closed ones included.
        placed: professional and department -> their engagements that are not cancelled.
    """

    organisation: Organisation
    today: date
    departments: dict[str, Department] = field(default_factory=dict)
    intermediaries: dict[str, Intermediary] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    freelancers: dict[str, Freelancer] = field(default_factory=dict)
    engagements: dict[str, Engagement] = field(default_factory=dict)
    placed: dict[tuple[int, int], list[Engagement]] = field(
        default_factory=lambda: defaultdict(list)
    )


def load_world(organisation: Organisation, rows: Sequence[Row]) -> World:
    """Read what the rows name, in a number of queries that hardly grows with the rows."""
    world = World(organisation, organisation.today())
    world.departments = {d.name.lower(): d for d in Department.objects.select_related("head")}
    world.intermediaries = {i.name.lower(): i for i in Intermediary.objects.all()}
    emails = {row.key(column) for row in rows for column in ADDRESSES} - {""}
    contacts = Contact.objects.annotate(key=Lower("email"))
    for contact in _found(emails, lambda keys: contacts.filter(key__in=keys)):
        world.contacts[contact.email.lower()] = contact
    _load_freelancers(world, {row.key("freelancer_email") for row in rows})
    _load_engagements(world, {row.values.get("external_id", "") for row in rows} - {""})
    return world


def _load_freelancers(world: World, emails: Iterable[str]) -> None:
    keys = {world.contacts[email].pk for email in emails if email in world.contacts}
    people = Freelancer.objects.select_related("business_contact", "private_contact")
    for person in _found(keys, lambda some: people.filter(business_contact__in=some)):
        world.freelancers[person.business_contact.email.lower()] = person


def _load_engagements(world: World, external_ids: Iterable[str]) -> None:
    engagements = Engagement.objects.select_related(
        "department",
        "manager",
        "intermediary",
        "freelancer__business_contact",
        "freelancer__private_contact",
    )
    people = {person.pk for person in world.freelancers.values()}
    found = {
        engagement.pk: engagement
        for engagement in chain(
            _found(external_ids, lambda some: engagements.filter(external_id__in=some)),
            _found(people, lambda some: engagements.filter(freelancer__in=some, cancelled_at=None)),
        )
    }
    for engagement in found.values():
        if engagement.external_id:
            world.engagements[engagement.external_id] = engagement
        if engagement.cancelled_at is None:
            place = engagement.freelancer_id, engagement.department_id
            world.placed[place].append(engagement)


def _found(keys: Iterable[KeyT], query: Callable[[list[KeyT]], Iterable[RowT]]) -> Iterator[RowT]:
    """Yield what a query finds for some keys at a time."""
    remaining = iter(keys)
    while some := list(islice(remaining, AT_ONCE)):
        yield from query(some)
