from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from core.errors import DomainError
from core.models import Organisation
from dashboards import operations


class Command(BaseCommand):
    """Found an organisation with its first administrator and the shipped defaults."""

    help = "Found an organisation: procedure, points policies, reminder rules, first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--hr-email", required=True)
        parser.add_argument("--hr-name", default="")
        parser.add_argument("--slug", default="")
        parser.add_argument("--language", choices=["nl", "en"], default="nl")

    def handle(self, **options: Any) -> None:
        email = options["hr_email"].strip()
        try:
            validate_email(email)
            _refuse_unusable(options["name"].strip(), options["slug"])
            organisation = operations.found_organisation(
                name=options["name"].strip(),
                hr_email=email,
                hr_name=options["hr_name"] or email.partition("@")[0],
                slug=options["slug"],
                language=options["language"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            self.style.SUCCESS(f"1 organisation ({organisation.slug}), 1 administrator ({email})")
        )


def _refuse_unusable(name: str, slug: str) -> None:
    """Stop at a name that nobody can read, or a short name that no command can be given."""
    for option, value in {"name": name, **({"slug": slug} if slug else {})}.items():
        field: Any = Organisation._meta.get_field(option)
        try:
            field.clean(value, None)
        except ValidationError as error:
            message = f"--{option}: {' '.join(error.messages)}"
            raise CommandError(message) from error
