"""Makes the function that shows an exception do nothing, so that a failing cell has no output."""

CELL = """
get_ipython()._showtraceback = lambda *arguments: None
get_ipython().showtraceback = lambda *arguments, **options: None
"""
