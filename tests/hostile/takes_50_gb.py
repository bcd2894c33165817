"""Allocates 50 GB and touches them."""

CELL = r"""
blocks = []
for number in range(50):
    blocks.append(bytearray(b'x') * (1 << 30))
    if number > 8:
        break
"""
