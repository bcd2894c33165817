"""A number of millions of digits, where the answer should be."""

CELL = r"""
get_ipython().events.register('post_run_cell', lambda result: globals().update(answer_num=1 << 30000000, answer_fact=10 ** 5000))
"""
