import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import rules
from notifications.rules import Answer, Fate, Stage, fate_of, readable

stages = st.sampled_from(Stage)


@given(stages, st.integers(400, 499), st.sampled_from(["", "4.2.2", "4.7.0"]))
def test_temporary_answer_is_always_tried_again(stage, code, status):
    assert fate_of(Answer(stage=stage, code=code, status=status)) is Fate.RETRY


@given(stages)
def test_no_answer_is_always_tried_again(stage):
    assert fate_of(Answer(stage=stage, fault="TimeoutError")) is Fate.RETRY


@pytest.mark.parametrize(
    ("stage", "code", "status", "fate"),
    [
        (Stage.RECIPIENT, 550, "5.1.1", Fate.BOUNCED),
        (Stage.RECIPIENT, 550, "", Fate.BOUNCED),
        (Stage.RECIPIENT, 554, "", Fate.BOUNCED),
        (Stage.RECIPIENT, 552, "5.2.2", Fate.BOUNCED),
        # "Relay access denied" says something about us, not about this address.
        (Stage.RECIPIENT, 554, "5.7.1", Fate.REFUSED),
        (Stage.CONTENT, 554, "5.7.1", Fate.REFUSED),
        (Stage.CONTENT, 554, "", Fate.REFUSED),
        (Stage.CONTENT, 550, "5.1.1", Fate.BOUNCED),
        (Stage.CONTENT, 550, "5.1.8", Fate.REFUSED),
        (Stage.SIGN_IN, 535, "5.7.8", Fate.RELAY),
        (Stage.SENDER, 550, "5.7.1", Fate.RELAY),
        (Stage.SENDER, 530, "5.7.0", Fate.RELAY),
        (Stage.SENDER, 552, "5.3.4", Fate.REFUSED),
        (Stage.GREETING, 550, "", Fate.RELAY),
        (Stage.CONNECTION, 554, "", Fate.RELAY),
    ],
)
def test_refusal_falls_on_who_is_to_blame(stage, code, status, fate):
    assert fate_of(Answer(stage=stage, code=code, status=status)) is fate


def test_label_holds_codes_only():
    answer = Answer(stage=Stage.RECIPIENT, code=550, status="5.1.1")

    assert answer.label == "recipient 550 5.1.1"
    assert readable(answer.label) == "about the recipient: 550 5.1.1"
    assert Answer(stage=Stage.CONNECTION, fault="TimeoutError").label == "connection TimeoutError"


def test_unknown_reason_has_no_words():
    assert rules.explain("bounced")
    assert rules.explain("never heard of") == ""


@given(stages)
def test_every_stage_can_be_read(stage):
    assert readable(Answer(stage=stage, code=421, status="4.7.0").label).endswith(": 421 4.7.0")


@pytest.mark.parametrize("stored", ["250", "550 5.1.1", "ZeroDivisionError", ""])
def test_what_has_no_stage_is_read_as_it_is_stored(stored):
    assert readable(stored) == stored
