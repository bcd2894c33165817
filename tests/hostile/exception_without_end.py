"""An exception whose text never ends, with a chain of ten thousand causes."""

CELL = r"""
class Endless(Exception):
    def __str__(self):
        return 'x' * (50 << 20)
error = None
for number in range(10000):
    following = Endless(); following.__cause__ = error; error = following
raise error
"""
