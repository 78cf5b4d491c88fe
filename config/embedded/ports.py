"""Ports on this machine's own address."""

import random
import socket

from config.embedded.errors import EmbeddedServerError

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below the range that outgoing connections take theirs from


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    for port in random.sample(PORTS, 200):
        if is_free(port):
            return port
    raise EmbeddedServerError(f"No free port found on {LOOPBACK}.")
