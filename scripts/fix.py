"""Format code and templates, and apply the repairs that the linters call safe."""

import subprocess
import sys
from pathlib import Path

from check import python

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def main() -> None:
    steps: list[list[str | Path]] = [
        [BIN / "django-upgrade", "--target-version=5.2", "--exit-zero-even-if-changed", *python()],
        [BIN / "ruff", "check", "--fix", "--exit-zero"],
        [BIN / "ruff", "format"],
        [BIN / "djlint", "--reformat", "--quiet", "templates"],
    ]
    for step in steps:
        print(Path(step[0]).name, *step[1:3], flush=True)
        subprocess.run(step, cwd=CHECKOUT, check=False)


if __name__ == "__main__":
    main()
