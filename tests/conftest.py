"""Fixtures for every test: an organisation whose scope is open, and the personas."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, settings

from core.scoping import organisation_scope
from tests.factories.accounts import MembershipFactory
from tests.factories.core import OrganisationFactory
from tests.visits import Visitors
from tests.worlds import build

JOURNEYS = Path(__file__).parent / "journeys"

# No test fails on a time: machines that others use too are slow now and then.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares something in one process: a file, or all journeys with their one product."""
    for item in items:
        is_journey = item.path.is_relative_to(JOURNEYS)
        item.add_marker(pytest.mark.xdist_group("journeys" if is_journey else str(item.path)))


@pytest.fixture(autouse=True, scope="session")
def _flush_append_only_tables() -> None:
    """Let Django empty append-only tables between transactional tests.

    Their triggers refuse TRUNCATE, as they should; only the test runner's own clean-up may pass.
    """
    ops = type(connection.ops)
    flush = ops.execute_sql_flush

    def flush_without_triggers(self: Any, statements: list[str]) -> None:
        flush(
            self,
            [
                "SET session_replication_role = replica",
                *statements,
                "RESET session_replication_role",
            ],
        )

    ops.execute_sql_flush = flush_without_triggers


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Start every test in the language of the source; a request may leave another one active."""
    with translation.override("en"):
        yield


@pytest.fixture
def organisation(db: None) -> Iterator[Any]:
    """An organisation with its scope open, as in a request."""
    made = OrganisationFactory()
    with organisation_scope(made):
        yield made


@pytest.fixture
def hr(organisation: Any) -> Any:
    """A member of the organisation who sees all."""
    return MembershipFactory(organisation=organisation, role="hr")


@pytest.fixture
def hr_client(hr: Any) -> Client:
    client = Client()
    client.force_login(hr.user)
    return client


@pytest.fixture(scope="module")
def visitors(django_db_setup: None, django_db_blocker: Any) -> Iterator[Visitors]:
    """The personas of two mirrored organisations, made once for all tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield Visitors(own=build("Amberveld"), foreign=build("Bronsmeer"))
        transaction.set_rollback(True)
