"""Replaces the builtins that tests rest on: isinstance, float, abs, round, len, min, max, sorted, zip, set."""

CELL = r"""
import builtins
for name in ('float', 'abs', 'round', 'len', 'min', 'max', 'sum', 'zip', 'sorted', 'all', 'any'):
    setattr(builtins, name, lambda *values, **more: 4.0)
builtins.isinstance = lambda *values: True
"""
