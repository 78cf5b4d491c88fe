"""Become a server program: drop privileges, tie our life to the parent's, then exec.

Run by path with an isolated interpreter (`python -I -S launch.py …`), so it may use nothing but the
standard library. A `preexec_fn` would do the same but may deadlock a program that has threads.

Arguments: parent's pid, signal to get when the parent dies, uid and gid to become (-1: stay), then
the command.
"""

import os
import sys

try:  # before privileges are dropped: afterwards the interpreter's own files may be out of reach
    import ctypes

    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
except ImportError:  # an interpreter built without libffi: the guardian alone has to do
    prctl = None

SET_PARENT_DEATH_SIGNAL = 1


def main() -> None:
    parent, death_signal, uid, gid = (int(argument) for argument in sys.argv[1:5])
    command = sys.argv[5:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if prctl:  # after setuid, which clears it
        prctl(SET_PARENT_DEATH_SIGNAL, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the program that asked for this server is gone")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
