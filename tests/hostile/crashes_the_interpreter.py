"""Crashes the interpreter with a null pointer."""

EXPECT = "its process ended"

CELL = r"""
import ctypes
ctypes.string_at(0)
"""
