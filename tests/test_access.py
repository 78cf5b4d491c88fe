"""Every URL × every persona × an own, a foreign and an absent thing × GET and POST."""

from collections import Counter

import pytest

from tests.access_table import PAGES, PERSONAS, Door, Page
from tests.visits import Visitors, name_of, names_in_resolver, text_of, url_of

pytestmark = pytest.mark.django_db  # each test inside the transaction of `visitors`


def test_every_url_stands_in_the_table_once():
    named = Counter(page.name for page in PAGES)

    assert named == Counter(set(names_in_resolver()))


def targets_for(page: Page, persona: str) -> tuple[str, ...]:
    """What to ask for; nobody whom the rule stops gets as far as the thing."""
    if not page.of:
        return ("nothing",)
    is_stopped = page.rule[persona] not in (Door.IN, Door.READ)
    return ("own",) if is_stopped else ("own", "foreign", "absent")


def expected(page: Page, persona: str, method: str, target: str) -> int:
    """The status that the table promises."""
    door = page.rule[persona]
    if door is Door.READ:
        door = Door.IN if method == "GET" else Door.FORBIDDEN
    answer = page.get if method == "GET" else page.post
    if door not in (Door.IN, Door.AWAY):
        return {Door.LOGIN: 302, Door.FORBIDDEN: 403, Door.ABSENT: 404}[door]
    if door is Door.AWAY:
        return 405 if answer == 405 else 302
    if answer == 405 or not page.of:
        return answer
    if page.of == "token":  # whoever holds it; nothing is looked up before the button is pressed
        return 404 if (target, method, page.get) == ("absent", "POST", 200) else answer
    is_own = target == ("foreign" if persona.startswith("foreign_") else "own")
    is_mine = not page.mine or persona.removeprefix("foreign_") in page.mine
    return answer if is_own and is_mine else 404


@pytest.mark.parametrize("line", PAGES, ids=name_of)
def test_each_persona_gets_what_the_table_says(line: Page, visitors: Visitors):
    wrong = []
    for persona in PERSONAS:
        for target in targets_for(line, persona):
            for method in ("GET", "POST"):
                url = url_of(line, visitors, target)
                answer = visitors.ask(persona, method, url, line.form)
                wanted = expected(line, persona, method, target)
                if answer.status_code != wanted:
                    wrong.append((persona, target, method, answer.status_code, f"not {wanted}"))
                elif visitors.other_word(persona) in text_of(answer):
                    wrong.append((persona, target, method, "tells of the other organisation"))
    assert not wrong, "\n".join(map(str, wrong))
