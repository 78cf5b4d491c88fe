"""Furnish a running product with one of each thing: `python -m tests.journeys.furnish WORD`.

With `busy` behind the word: with much of each thing. Runs in the product's own surroundings and
prints what it made as JSON.
"""

import json
import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Models can be imported only now.
    from django.db import transaction  # noqa: PLC0415

    from tests.busy_worlds import build_busy  # noqa: PLC0415
    from tests.worlds import build  # noqa: PLC0415

    word, *kind = sys.argv[1:]
    with transaction.atomic():  # or the product would send what is still being made
        world = build_busy(word) if kind == ["busy"] else build(word)
    facts = {
        "word": world.word,
        "objects": world.objects,
        "tokens": world.tokens,
        "cookies": world.cookies,
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
