"""The course's own notebooks executed in forked children of one warm interpreter, without walls: what runs here is our own code.

Hostile code is the business of `grading`, which puts walls around a warm interpreter of its own.
"""
