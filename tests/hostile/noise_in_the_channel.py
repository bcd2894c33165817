"""Pours 100 MB of noise without an end of line into the channel for answers."""

EXPECT = "KB at once|its process ended|channel"

CELL = r"""
import os
for handle in range(3, 64):
    try:
        for again in range(1600):
            os.write(handle, b'[' * 65536)
    except OSError:
        pass
"""
