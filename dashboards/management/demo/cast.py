"""Who takes part: the organisation, its people and its professionals."""

import random
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

import accounts.operations
import engagements.operations
import offboarding.operations
from accounts.models import User
from core.actors import SYSTEM, Actor
from core.models import Contact, Organisation
from dashboards import rules
from dashboards.operations import found_organisation
from engagements.models import Department, Freelancer, Intermediary

FOLDER: Final = Path(__file__).resolve().parents[2] / "data" / "demo"
SEED: Final = 20_26


@dataclass
class Cast:
    """Everybody in the story, and the dice that are the same at each telling."""

    organisation: Organisation
    script: dict[str, Any]
    dice: random.Random
    hr: Actor
    departments: dict[str, Department] = field(default_factory=dict)
    managers: list[tuple[Department, Contact]] = field(default_factory=list)
    intermediaries: list[Intermediary] = field(default_factory=list)
    freelancers: list[Freelancer] = field(default_factory=list)


def script() -> dict[str, Any]:
    """Return the names and titles of the story."""
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "veldam.yaml").read_text(encoding="utf-8"))
    return loaded


def gather(organisation: Organisation, text: dict[str, Any]) -> Cast:
    """Bring everybody together; the scope of the organisation is open."""
    marieke = User.objects.get(email=rules.DEMO_HR)
    contact = Contact.objects.get(email=rules.DEMO_HR)
    cast = Cast(
        organisation=organisation,
        script=text,
        dice=random.Random(SEED),  # noqa: S311 - a story, not a secret
        hr=Actor(label=marieke.full_name, user_id=marieke.pk, contact_id=contact.pk),
    )
    _settle_organisation(cast)
    _departments(cast)
    _roles(cast)
    _freelancers(cast)
    return cast


def found(text: dict[str, Any]) -> Organisation:
    """Found the try-out organisation with its first administrator."""
    first = text["hr"][0]
    return found_organisation(
        name=rules.DEMO_NAME,
        slug=rules.DEMO_SLUG,
        hr_email=first["email"],
        hr_name=first["name"],
        language="nl",
    )


def _settle_organisation(cast: Cast) -> None:
    accounts.operations.update_organisation(
        organisation=cast.organisation,
        values={
            "desk_name": "Inhuurdesk",
            "desk_phone": "0900-0000",
            "desk_email": "inhuurdesk@veldam.example",
            "allowed_domains": ["veldam.example"],
            "days_worked": ["Good Friday"],
        },
        actor=cast.hr,
    )
    cast.organisation.refresh_from_db()
    for member in cast.script["hr"][1:]:
        accounts.operations.invite_member(
            organisation=cast.organisation,
            email=member["email"],
            full_name=member["name"],
            role=member["role"],
            actor=cast.hr,
        )


def _contact(cast: Cast, person: dict[str, str]) -> Contact:
    return engagements.operations.contact_at(
        organisation=cast.organisation, email=person["email"], name=person["name"]
    )


def _departments(cast: Cast) -> None:
    for entry in cast.script["departments"]:
        department = engagements.operations.save_department(
            organisation=cast.organisation,
            name=entry["name"],
            head_id=_contact(cast, entry["head"]).pk,
            actor=cast.hr,
        )
        cast.departments[entry["name"]] = department
        cast.managers += [(department, _contact(cast, person)) for person in entry["managers"]]
    cast.intermediaries = [
        Intermediary.objects.create(organisation=cast.organisation, name=name)
        for name in cast.script["intermediaries"]
    ]


def _roles(cast: Cast) -> None:
    """Fill the roles; nobody is receiver yet, so that some tasks have no owner."""
    for role, person in cast.script["roles"].items():
        offboarding.operations.set_role_holder(
            organisation=cast.organisation,
            role=role,
            contact_id=_contact(cast, person).pk,
            actor=cast.hr,
        )


def _freelancers(cast: Cast) -> None:
    for name in cast.script["freelancers"]:
        address = _address_of(name)
        email = (
            rules.DEMO_FREELANCER if address == "fatima.el.idrissi" else f"{address}@zzp.example"
        )
        freelancer = engagements.operations.create_freelancer(
            organisation=cast.organisation,
            facts=engagements.operations.FreelancerFacts(
                full_name=name,
                email=email,
                private_email=f"{address}@thuis.example",
                business_name=f"{name.split()[-1]} Advies",
                kvk_number=f"{cast.dice.randint(10_000_000, 99_999_999)}",
                language="nl",
            ),
            actor=cast.hr,
        )
        cast.freelancers.append(freelancer)


def _address_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").lower())
    letters = "".join(letter for letter in plain if letter.isascii() and letter not in "'’")
    return ".".join(letters.replace("-", " ").split())


def freelancer_actor(freelancer: Freelancer) -> Actor:
    """Return a professional as the author of a change."""
    return Actor(
        label=freelancer.full_name,
        user_id=freelancer.user_id,
        contact_id=freelancer.business_contact_id,
    )


def manager_actor(contact: Contact) -> Actor:
    """Return a hiring manager as the author of a change, by link."""
    return Actor(label=contact.name, kind="link", contact_id=contact.pk)


def actor_for(contact: Contact | None) -> Actor:
    """Return whoever owns a task as the author of its tick."""
    return SYSTEM if contact is None else manager_actor(contact)
