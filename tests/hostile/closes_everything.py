"""Closes every file and socket it holds, the one for answers too."""

EXPECT = "its process ended|channel|did not"

CELL = r"""
import os
os.closerange(0, 200)
"""
