"""Forty processes that keep every processor busy, so that the honest cell beside it runs out of time."""

CELL = r"""
import os, time
for number in range(40):
    try:
        if os.fork() == 0:
            os.setsid()
            try:
                os.sched_setaffinity(0, range(64))
                os.nice(-5)
            except OSError:
                pass
            end = time.time() + 6
            while time.time() < end:
                pass
            os._exit(0)
    except OSError:
        break
time.sleep(3)
"""
