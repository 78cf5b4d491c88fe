"""Say that the environment is ready: what `make setup` does after preparing it."""

import sys

print(f"Ready: {sys.executable} has everything that developing Kennisborg needs.")
