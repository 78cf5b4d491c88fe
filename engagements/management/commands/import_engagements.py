import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import DomainError
from core.models import Organisation
from core.scoping import organisation_scope
from engagements.models import ImportRow, ImportRun
from engagements.operations import imports

ACTOR = Actor(label="import_engagements", kind="system")
State = ImportRun.State


class Command(BaseCommand):
    """The same import as on the page, from a file on this machine."""

    help = "Import a list of engagements (CSV or XLSX): all rows or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--dry-run", action="store_true", help="check every row and import nothing"
        )
        parser.add_argument(
            "--mapping",
            type=Path,
            metavar="FILE",
            help='JSON: our column -> header of the list, such as {"title": "Functie"}',
        )
        parser.add_argument("--organisation", metavar="SLUG", help="needed when there are several")

    def handle(self, **options: Any) -> None:
        organisation = _organisation(options["organisation"])
        with (
            organisation_scope(organisation),
            translation.override(organisation.language),
        ):
            try:
                self._import(organisation, options)
            except DomainError as error:
                raise CommandError(str(error)) from error

    def _import(self, organisation: Organisation, options: dict[str, Any]) -> None:
        run = _uploaded(organisation, options["file"])
        try:
            mapping = _mapping(run, options["mapping"])
            imports.choose_columns(run_id=run.pk, mapping=mapping, actor=ACTOR)
            run = _after_step(run, State.CHECKED)
            self._refuse_errors(run)
            if options["dry_run"]:
                self._tell(run, "dry run, nothing imported")
            elif run.summary["new"] or run.summary["changed"]:
                imports.confirm_import(run_id=run.pk, without_errors=False, actor=ACTOR)
                run = _after_step(run, State.APPLIED)
                self._tell(run, "imported")
            else:
                self._tell(run, "nothing to import")
        finally:
            # What was not imported leaves nothing behind, its file included.
            imports.stop_import(run_id=run.pk, problem="")
            run.refresh_from_db()
            if run.state != State.APPLIED:
                imports.discard_import(run_id=run.pk, actor=ACTOR)

    def _refuse_errors(self, run: ImportRun) -> None:
        for warning in run.summary["warnings"]:
            self.stderr.write(self.style.WARNING(warning))
        count = run.summary["error"]
        if not count:
            return
        rows = run.rows.filter(outcome=ImportRow.Outcome.ERROR).order_by("number")
        for row in imports.bad_rows(run, rows.iterator(chunk_size=1000)):
            for cell in row.cells:
                self.stderr.write(f"row {row.number}, column {cell.header}: {cell.message}")
        message = f"{_counts(run)}; nothing imported"
        raise CommandError(message)

    def _tell(self, run: ImportRun, outcome: str) -> None:
        self.stdout.write(self.style.SUCCESS(f"{_counts(run)}; {outcome}"))


def _organisation(slug: str | None) -> Organisation:
    found = list(Organisation.objects.filter(**({"slug": slug} if slug else {})).order_by("pk")[:2])
    if len(found) != 1:
        message = f"no organisation {slug}" if slug else "say which one: --organisation SLUG"
        raise CommandError(message)
    return found[0]


def _uploaded(organisation: Organisation, path: Path) -> ImportRun:
    try:
        with path.open("rb") as content:
            return imports.start_import(
                organisation=organisation, content=content, name=path.name, actor=ACTOR
            )
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise CommandError(message) from error


def _mapping(run: ImportRun, path: Path | None) -> dict[str, int]:
    """Return our columns and their positions: as recognised, or as a file says."""
    if path is None:
        return imports.recognise(run.headers)
    try:
        headers = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        message = f"{path}: {error}"
        raise CommandError(message) from error
    unknown = [header for header in headers.values() if header not in run.headers]
    if unknown:
        raise CommandError(_("The list has no column “%(header)s”.") % {"header": str(unknown[0])})
    return {str(name): run.headers.index(header) for name, header in headers.items()}


def _after_step(run: ImportRun, state: str) -> ImportRun:
    imports.carry_out(run_id=run.pk)
    run = ImportRun.objects.get(pk=run.pk)
    if run.state != state:
        raise CommandError(run.problem or _("Another import is at work. Try again later."))
    return run


def _counts(run: ImportRun) -> str:
    return ", ".join(f"{run.summary[name]} {name}" for name in ImportRow.Outcome.values)
