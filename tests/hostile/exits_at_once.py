"""os._exit in the middle of the notebook."""

EXPECT = "its process ended"

CELL = r"""
import os
os._exit(0)
"""
