"""Answers without end: a list in itself, a list a hundred thousand deep, an iterator that never stops."""

CELL = r"""
class Endless(list):
    def __iter__(self):
        while True:
            yield 'no letter'
    def __len__(self):
        return 2
deep = []
for level in range(100000):
    deep = [deep]
loop = []; loop.append(loop)
def rig(result):
    globals().update(answer_one=deep, answer_many=Endless(), answer_order=loop, answer_num={'a': loop})
get_ipython().events.register('post_run_cell', rig)
"""
