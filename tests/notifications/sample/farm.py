"""Starts dispatchers quickly: Django is loaded once, and every dispatcher is a fork of that.

Each line on stdin is the port of a mail server and starts one; its pid is written to stdout. Ends,
with all of them, when stdin closes.
"""

import os
import signal
import sys

import django
from django.conf import settings
from django.core.management import call_command


def main():
    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    children = []
    say("ready")
    for port in sys.stdin:
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(2, 1)  # the parent alone speaks on stdout
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(port)
            call_command("run_dispatcher")
            os._exit(0)
        children.append(pid)
        say(pid)
    for pid in children:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
