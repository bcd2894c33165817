"""Endless loop: keeps the grader waiting, and everybody behind it."""

EXPECT = "was stopped after"

CELL = r"""
import time
end = time.time() + 90  # an end of its own, should the walls fail
while time.time() < end:
    pass
"""
