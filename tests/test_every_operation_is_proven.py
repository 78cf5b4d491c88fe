"""Whoever adds an operation proves it: two people at once, and each error that it names."""

import importlib
from functools import cache

import pytest

from core.errors import DomainError
from tests import proofs

OPERATIONS = {str(operation): operation for operation in proofs.operations()}

# These run inside another operation only, behind the lock that it took; that one is raced.
INSIDE = {
    "dashboards.found_organisation": "create_organisation",
    "engagements.apply_rows": "carry_out",
    "engagements.check_rows": "carry_out",
    "engagements.undo_rows": "carry_out",
    "knowledge.ask_new_manager": "update_engagement",
    "knowledge.drop_proposals": "close_engagement",
    "knowledge.promise_again": "move_end",
    "knowledge.shelve": "accept_deliverable",
    "knowledge.write_body": "read_waiting",
    "notifications.bundle_digests": "plan",
    "notifications.bundle_immediate": "plan",
    "notifications.decide_drafts": "plan",
    "notifications.expire_late": "plan",
    "notifications.settle_lost": "revoke_grants",
    "offboarding.ask_successor": "confirm_end",
    "offboarding.drop_baton": "drop_successor",
    "offboarding.follow_manager": "update_engagement",
    "offboarding.note_agreement": "accept_agreement",
    "offboarding.note_decision": "move_end",
    "offboarding.note_handover": "accept_deliverable",
    "offboarding.note_successor": "name_successor",
    "offboarding.pass_baton": "name_successor",
    "offboarding.pass_more": "accept_deliverable",
    "offboarding.settle_items": "close_engagement",
    "offboarding.shift_items": "move_end",
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_two_at_once_do_it(name):
    """Write a test with `just_behind`, or `at_once` where no order is the wrong one."""
    wanted = INSIDE.get(name, OPERATIONS[name].name)

    assert [test for test, words in proofs.reached_by_races().items() if wanted in words]


@pytest.mark.parametrize(
    ("name", "error"),
    [(name, error) for name, operation in OPERATIONS.items() for error in operation.errors],
)
def test_each_error_that_it_names_is_met(name, error):
    """Write a test that calls the operation and expects this error, or one that is a kind of it."""
    operation, kinds = OPERATIONS[name], kinds_of(error)

    assert [
        test
        for test, words in proofs.reached_by_tests().items()
        if operation.name in words and kinds & words
    ]


def test_no_operation_is_excused_that_is_not_there():
    assert INSIDE.keys() <= OPERATIONS.keys()


@cache
def kinds_of(error):
    """Return the names of an error and of all that are a kind of it."""
    for package in proofs.PACKAGES:
        importlib.import_module(f"{package}.operations")
    kinds, found = {error.rpartition(".")[2]}, [DomainError]
    while found:
        kind = found.pop()
        below = kind.__subclasses__()
        if kind.__name__ in kinds:
            kinds |= {each.__name__ for each in below}
        found += below
    return frozenset(kinds)
