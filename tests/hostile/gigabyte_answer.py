"""An answer of a gigabyte."""

CELL = r"""
answer_after = 1
get_ipython().events.register('post_run_cell', lambda result: globals().update(answer_one='a' * (1 << 30), answer_num=['b'] * 10 ** 8))
"""
