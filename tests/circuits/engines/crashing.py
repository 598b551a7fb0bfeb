"""Functions for another process, in a folder that the tests put on its path."""

import ctypes
import os
import signal
import sys
import time


def double(x):
    return 2 * x


def talkative(x):
    sys.stdout.write("on stdout")
    sys.stdout.flush()
    os.write(1, b"raw on stdout\n")
    return x


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def segfault():
    ctypes.string_at(0)


def leaves():
    os._exit(3)


def hangs():
    time.sleep(1000)


def raises():
    raise ValueError("as asked")


def raises_what_cannot_travel():
    class Local(Exception):
        pass

    raise Local("stuck")


def counts(n, crash_at=None):
    for i in range(n):
        if i == crash_at:
            killed()
        yield i
