"""Stops its own process with SIGSTOP, so that it neither works nor ends."""

CELL = r"""
import os, signal
for pid in (os.getpid(), os.getppid()):
    try:
        os.kill(pid, signal.SIGSTOP)
    except OSError:
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
signal.pause() if False else __import__('time').sleep(60)
"""
