from collections.abc import Iterator

import pytest
import time_machine


@pytest.fixture
def monday() -> Iterator[None]:
    """It is Monday 23 November 2026, 10:00 in Amsterdam."""
    with time_machine.travel("2026-11-23T09:00Z"):
        yield
