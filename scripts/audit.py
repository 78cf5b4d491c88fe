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
    unknown = done.stdout.count("could not be audited")
    if not done.returncode and unknown == LOCK.read_text().count("=="):
        skip("the list of vulnerabilities that answers here knows none of our packages")
    if done.returncode and any(word in done.stdout for word in OUT_OF_REACH):
        skip()
    sys.exit(done.returncode)


def skip(reason: str = "the list of vulnerabilities cannot be reached from here") -> None:
    print(reason)
    sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
