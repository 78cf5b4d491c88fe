"""Real PostgreSQL and Valkey servers for trying out and testing, with a life cycle of our own.

docs/decisions says why the Python layers of the wheels that bring the programs are not used.
"""

from config.embedded.errors import EmbeddedServerError, InUseError
from config.embedded.folders import data_base
from config.embedded.servers import TryoutServers

__all__ = ["EmbeddedServerError", "InUseError", "TryoutServers", "data_base"]
