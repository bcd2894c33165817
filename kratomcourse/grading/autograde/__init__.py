"""From the folder submitted/ to nbgrader's gradebook: read, run, score and store each
submission.
"""
