"""A hundred thousand separate outputs."""

CELL = r"""
from IPython.display import display
for number in range(100000):
    display({})
"""
