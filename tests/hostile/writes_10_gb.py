"""Writes a file of 10 GB (an end of its own at 300 MB)."""

CELL = r"""
with open('big', 'wb') as file:
    for number in range(300):
        file.write(b'x' * (1 << 20))
"""
