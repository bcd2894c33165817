"""A forged answer, written past the loop that answers: a set of numbers that all have the same hash, which takes whoever reads it minutes."""

EXPECT = "KB at once"

CELL = r"""
import gc
gc.unfreeze()
inner = next(thing for thing in gc.get_objects() if isinstance(thing, dict) and 'value_of' in thing and 'DEEPEST' in thing)
same = {'$': 'set', 'of': [number * (2 ** 61 - 1) for number in range(1, 60000)]}
inner['value_of'] = lambda *asked: same
inner['results'] = lambda *asked: [same]
"""
