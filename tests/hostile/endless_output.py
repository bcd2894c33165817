"""Endless output: fills the memory of whoever collects it."""

CELL = r"""
import time
end = time.time() + 90  # an end of its own, should the walls fail
while time.time() < end:
    print('x' * 10000)
"""
