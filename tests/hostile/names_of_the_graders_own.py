"""Variables with the names that checks and graders use, bound to values that raise when they are looked at."""

CELL = """
class Trap:
    def __getattribute__(self, name): raise SystemExit(name)
    def __repr__(self): raise SystemExit("repr")
    def __eq__(self, other): raise SystemExit("eq")
    def __iter__(self): raise SystemExit("iter")
    __hash__ = None
answer_student = answer_one = answer_many = answer_num = answer_order = answer_match = Trap()
_points = _strange = _there = numbers_of = Trap()
"""
