"""What is not there, or is of somebody else, is not found; nothing is made up in its place."""

import pytest
from django.core.exceptions import ObjectDoesNotExist

from engagements.models import Engagement
from knowledge import operations
from knowledge.models import (
    Confirmation,
    Deliverable,
    KnowledgeAgreement,
    LedgerEntry,
    Receiver,
    Topic,
)
from knowledge.operations import AgreementFacts, Content, FileError, LibraryFacts, TopicFacts
from tests.factories.uploads import upload

NOWHERE = 0
BY_DELIVERABLE = {
    "update_deliverable": {"title": "x", "outcome": ""},
    "save_draft": {"content": Content(kind="text")},
    "submit_deliverable": {},
    "withdraw_deliverable": {},
    "add_file": {"upload": upload("a.txt", b"a")},
    "accept_deliverable": {},
    "ask_changes": {"comment": "x"},
    "hand_on_review": {"contact_id": NOWHERE},
    "set_topics": {"topic_ids": [], "side": "client"},
    "book_without_receiver": {"reason": "x"},
    "describe_item": {"facts": LibraryFacts(credit="x", licence="internal", owner_id=None)},
    "ask_item_change": {"what": "x"},
    "return_item": {},
    "retire_item": {"reason": "x"},
    "confirm_still_right": {},
}
BY_ENGAGEMENT = {
    "start_deliverable": {"form_id": NOWHERE, "title": "x", "outcome": ""},
    "propose_agreement": {"facts": AgreementFacts(), "side": "client"},
    "keep_promise": {"kind": "reference", "side": "client"},
    "reopen_promise": {"kind": "reference", "side": "client"},
}
BY_AGREEMENT = {
    "accept_agreement": {"side": "client"},
    "decline_agreement": {"side": "client", "reason": "x"},
}
BY_TOPIC = {
    "revise_topic": {"facts": TopicFacts(title="x")},
    "agree_topic": {},
    "refuse_topic": {"reason": "x"},
    "drop_topic": {"reason": "x"},
}
BY_RECEIVER = {
    "confirm_topic": {"answer": "received", "words": "x"},
    "release_receiver": {"reason": "x", "side": "client"},
    "ask_again": {"side": "client"},
    "log_explanation": {"what": "x", "minutes": 15},
}
BY_CONFIRMATION = {"reply_to_question": {"reply": "x"}, "withdraw_confirmation": {"reason": "x"}}
UNKNOWN = [
    *[
        (name, {"topic_id": NOWHERE, "side": "client"} | more, Topic.DoesNotExist)
        for name, more in BY_TOPIC.items()
    ],
    *[
        (name, {"receiver_id": NOWHERE} | more, Receiver.DoesNotExist)
        for name, more in BY_RECEIVER.items()
    ],
    *[
        (name, {"confirmation_id": NOWHERE} | more, Confirmation.DoesNotExist)
        for name, more in BY_CONFIRMATION.items()
    ],
    *[
        (name, {"deliverable_id": NOWHERE} | more, Deliverable.DoesNotExist)
        for name, more in BY_DELIVERABLE.items()
    ],
    *[
        (name, {"engagement_id": NOWHERE} | more, Engagement.DoesNotExist)
        for name, more in BY_ENGAGEMENT.items()
    ],
    *[
        (name, {"agreement_id": NOWHERE} | more, KnowledgeAgreement.DoesNotExist)
        for name, more in BY_AGREEMENT.items()
    ],
    ("reverse_entry", {"entry_id": NOWHERE, "reason": "x"}, LedgerEntry.DoesNotExist),
    ("remove_file", {"file_id": NOWHERE}, FileError),
]


@pytest.mark.parametrize(("name", "facts", "error"), UNKNOWN, ids=[name for name, *_ in UNKNOWN])
def test_what_is_not_there_is_not_found(organisation, reviewer, name, facts, error):
    assert issubclass(error, ObjectDoesNotExist | FileError)

    with pytest.raises(error):
        getattr(operations, name)(actor=reviewer, **facts)
