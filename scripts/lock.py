"""Lock the newest allowed versions of all dependencies in requirements/*.txt, with hashes.

The locks name no index: whoever installs decides where packages come from.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "requirements"


def main() -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "uv"]
    subprocess.run(install, check=True)
    for name in ("production", "tryout", "development"):
        print(f"Locking requirements/{name}.txt", flush=True)
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--upgrade"),
                *("--universal", "--python-version", "3.11", "--generate-hashes"),
                *("--no-emit-index-url", "--no-header", "--allow-unsafe"),
                *(f"{name}.in", "-o", f"{name}.txt"),
            ],
            cwd=FOLDER,
            check=True,
        )


if __name__ == "__main__":
    main()
