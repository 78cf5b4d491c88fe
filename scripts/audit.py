"""Look our dependencies up in the public list of vulnerabilities, where that can be reached."""

import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "production.txt"
SKIPPED = 77
PATIENCE = 90  # seconds
OUT_OF_REACH = (
    "ConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "SSLError",
    "HTTPError",
    "ServiceError",
    "Could not connect",
    "Failed to upgrade",
)


def main() -> None:
    command = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off"]
    try:
        done = subprocess.run(
            [sys.executable, *command, "--timeout=10", "-r", LOCK],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        skip()
    print(done.stdout)
    if done.returncode and any(word in done.stdout for word in OUT_OF_REACH):
        skip()
    sys.exit(done.returncode)


def skip() -> None:
    print("the list of vulnerabilities cannot be reached from here")
    sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
