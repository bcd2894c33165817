"""Gives itself 1,188 points and a classmate none, in the gradebook itself."""

CELL = r"""
import sqlite3
base = sqlite3.connect({root!r} + '/gradebook.db')
base.execute('update grade set manual_score = 99')
base.commit()
"""
