"""Sixty processes that take 100 MB each, every one of them below the limit of a process."""


CELL = r"""
import os, time
for number in range(60):
    try:
        if os.fork() == 0:
            block = bytearray(b'x') * (100 << 20)
            time.sleep(30)
            os._exit(0)
    except OSError:
        break
time.sleep(20)
"""
