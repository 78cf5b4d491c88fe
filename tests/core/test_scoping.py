import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django_scopes.exceptions import ScopeError

from core.models import Contact
from core.scoping import organisation_scope
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory

# Who may look past the walls between organisations; think twice before adding a line.
LOOKS_ACROSS = {
    "accounts.operations._addresses_of",
    "accounts.operations._organisations_of",
    "dashboards.queries.health.dead_count",
    "dashboards.queries.health.outbox_lag",
    "engagements.middleware.entrances_of",
    "engagements.operations.imports.runs.organisation_of",
    "engagements.operations.imports.runs.unfinished",
    "engagements.operations.links.find_grant",
    "engagements.operations.link_sessions.find_session",
    "engagements.operations.link_sessions.open_session",
    "notifications.operations.sending._take",
}
CHECKOUT = Path(__file__).parents[2]


def callers_of(name: str) -> Iterator[str]:
    """Yield every function of the product that calls a function of this name."""
    packages = {Path(config.path) for config in apps.get_app_configs()} | {CHECKOUT / "config"}
    for package in packages:
        if package.parent != CHECKOUT:
            continue
        for path in package.rglob("*.py"):
            module = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef) and any(
                    isinstance(call, ast.Call) and getattr(call.func, "id", "") == name
                    for call in ast.walk(function)
                ):
                    yield f"{module}.{function.name}"


def test_everybody_who_looks_across_organisations_is_named():
    assert set(callers_of("across_organisations")) == LOOKS_ACROSS


def test_only_the_scoping_itself_lifts_the_scope():
    assert set(callers_of("scopes_disabled")) == {"core.scoping.across_organisations"}


def test_query_without_an_organisation_raises(db):
    with pytest.raises(ScopeError):
        Contact.objects.count()


def test_rows_of_another_organisation_are_not_there(db):
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    ContactFactory(organisation=ours)
    with organisation_scope(theirs):
        assert not Contact.objects.exists()


def test_scope_refuses_no_organisation(db):
    with pytest.raises(TypeError), organisation_scope(None):
        pass


def test_smallest_engagement_can_be_stored(organisation):
    engagement = EngagementFactory(organisation=organisation)

    assert type(engagement).objects.get() == engagement
