import re
from pathlib import Path

import time_machine

import engagements
from core.audit import phrase_for, registered_actions
from core.models import AuditEvent

ACTION = re.compile(r'"(engagements\.\w+\.\w+)"')


def test_every_action_of_this_package_can_be_read_in_the_history():
    folder = Path(engagements.__file__).parent / "operations"
    recorded = {
        action for file in folder.rglob("*.py") for action in ACTION.findall(file.read_text())
    }

    assert len(recorded) > 10
    assert recorded <= registered_actions()


@time_machine.travel("2026-11-23T09:00Z")
def test_a_moved_day_is_read_in_words():
    event = AuditEvent(
        action="engagements.engagement.end_moved",
        data={"kind": "extension", "old": "2026-12-01", "new": "2027-12-15"},
    )

    assert phrase_for(event) == "moved the last day from Tue 1 Dec to Wed 15 Dec 2027"
