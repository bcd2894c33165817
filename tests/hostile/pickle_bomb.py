"""Values that run code when they are unpickled, copied, printed or turned into JSON."""

CELL = r"""
class Bomb:
    def __reduce__(self):
        return (exec, ("open('/tmp/pickled','w')",))
    def __repr__(self):
        raise SystemExit
    def __getattr__(self, name):
        raise KeyboardInterrupt
    __str__ = __repr__
get_ipython().events.register('post_run_cell', lambda result: globals().update(answer_one=Bomb(), answer_num=Bomb(), answer_many=[Bomb()]))
Bomb()
"""
