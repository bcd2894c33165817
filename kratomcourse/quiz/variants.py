"""Numbers that differ from student to student: an item with `parameters` is a family, and each student gets another member.

Which one follows from the student's name, the item and a text of the course (HMAC), so that marking knows it too. The
example, which page, paper and exports show, is nobody's.
"""

import ast
import keyword
import math
import re

FUNCTIONS = {"exp": math.exp, "log": math.log, "sqrt": math.sqrt}
NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub)
PLACE = re.compile(r"\{=\s*(?P<formula>[^{}:]+?)\s*(?::(?P<form>[^{}]+))?\}|\{(?P<name>[a-z_]+)\}(?!`)")
TEXTS = ("stem", "feedback", "hint", "explanation")
TAKEN = ("answer", "key", "mine", "share")  # names of the marking itself
FEWEST, MOST = 20, 5000  # members of a family


def with_example(data):
    """The data of an item, filled with its example; `template` keeps what it was filled from.

    raises : ValueError, with the mend after a semicolon, for a family that is none or in which a member goes wrong
    """
    if data.get("value") is not None or data.get("fact") is not None:
        raise ValueError("with parameters the key comes from formula; take value and fact out")
    if not data.get("formula"):
        raise ValueError("parameters need a formula for the key; add formula, such as a / (a + b)")
    lists, example = lists_of(data["parameters"])
    count = math.prod(map(len, lists.values()))
    if not FEWEST < count <= MOST:
        raise ValueError(f"the parameters give {count} different questions where {FEWEST + 1} to {MOST} may be; add values, or take some out")
    for used in re.findall(r"\{=?\s*([a-z_]+)\}(?!`)", " ".join(str(data.get(name, "")) for name in TEXTS)):
        if used not in lists:
            raise ValueError(f"'{{{used}}}' in a text is no parameter; use one of: {', '.join(lists)}")
    if unused := [name for name in lists if name not in names_in(str(data.get("stem", "")))]:
        raise ValueError(f"the stem does not show the parameter {unused[0]}; write {{{unused[0]}}} into it")
    check_members(data, lists)
    return {**filled(data, example), "template": data}


def lists_of(parameters):
    """({name: values}, {name: example}) of the parameters as they stand in a bank."""
    lists, example = {}, {}
    for name, given in parameters.items():
        given = given if isinstance(given, dict) else {}
        values = given.get("values")
        if not re.fullmatch(r"[a-z_]+", str(name)) or name in FUNCTIONS or name in TAKEN or keyword.iskeyword(name):
            raise ValueError(f"'{name}' is no name of a parameter; use another word in small letters")
        if not isinstance(given.get("example"), (int, float)) or not isinstance(values, list) or len(set(map(str, values))) < 2 or not all(isinstance(value, (int, float)) for value in values):
            raise ValueError(f"the parameter '{name}' lacks an example or a list of values; write {name}: {{example: 10, values: [5, 10, 20]}}")
        lists[name], example[name] = values, given["example"]
    return lists, example


def names_in(text):
    return {match["name"] for match in PLACE.finditer(text) if match["name"]} | {name for match in PLACE.finditer(text) if match["formula"] for name in re.findall(r"[a-z_]+", match["formula"])}


def check_members(data, lists):
    """ValueError for the first member whose key is no number, or one of whose known errors would be right."""
    tolerance = data.get("tolerance") if isinstance(data.get("tolerance"), dict) else {}
    errors = [error for error in data.get("errors") or [] if isinstance(error, dict)]
    for place in range(math.prod(map(len, lists.values()))):
        values = member(lists, place)
        shown = ", ".join(f"{name} = {value:g}" for name, value in values.items())
        key = worked_out(data["formula"], values)
        allowed = tolerance["absolute"] if isinstance(tolerance.get("absolute"), (int, float)) else abs(key) * (tolerance.get("relative") or 0)
        for error in errors:
            wrong = worked_out(error["formula"], values) if error.get("formula") else error.get("value")
            if isinstance(wrong, (int, float)) and abs(wrong - key) <= allowed:
                raise ValueError(f"with {shown} the error {wrong:.4g} lies within the tolerance of the key {key:.4g}; take that value out, or narrow the tolerance")


def worked_out(formula, values):
    """Number that an arithmetic formula gives; ValueError for anything that is not arithmetic."""
    try:
        tree = ast.parse(str(formula).strip(), mode="eval")
    except SyntaxError:
        raise ValueError(f"the formula '{formula}' can not be read; write arithmetic, such as a / (a + b)") from None
    for node in ast.walk(tree):
        named = isinstance(node, ast.Name) and node.id not in values and node.id not in FUNCTIONS
        called = isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS)
        constant = isinstance(node, ast.Constant) and type(node.value) not in (int, float)
        if not isinstance(node, NODES) or named or called or constant:
            what = f"'{node.id}'" if named else "something that is no arithmetic"
            raise ValueError(f"the formula '{formula}' holds {what}; use parameters, numbers, + - * / ** and exp, log, sqrt")
    try:
        number = float(eval(compile(tree, "formula", "eval"), {"__builtins__": {}, **FUNCTIONS, **values}))
    except (ArithmeticError, ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"the formula '{formula}' gives no number with {', '.join(f'{name} = {value:g}' for name, value in values.items())}; take that value out")
    return number


def filled(data, values):
    """The data of an item with its parameters put in: texts, key and known errors."""

    def put(text):
        return PLACE.sub(lambda match: format(values[match["name"]], "g") if match["name"] else format(worked_out(match["formula"], values), match["form"] or "g"), text)

    made = {**data, "value": worked_out(data["formula"], values)}
    for name in TEXTS:
        if isinstance(made.get(name), str):
            made[name] = put(made[name])
    made["errors"] = [
        {**error, **({"value": worked_out(error["formula"], values)} if error.get("formula") else {}), **({"feedback": put(error["feedback"])} if isinstance(error.get("feedback"), str) else {})} if isinstance(error, dict) else error
        for error in data.get("errors") or []
    ]
    return made


def member(lists, place):
    values = {}
    for name, known in lists.items():
        place, at = divmod(place, len(known))
        values[name] = known[at]
    return values


def numbers_of(student, item, lists, example, course):
    """A student's numbers of one item. This text also stands in the notebook; there it needs no more than Python."""
    import hashlib
    import hmac

    who = str(student or "").strip().lower()
    count, place, shown, step = 1, 0, 0, 1
    for name, known in lists.items():
        count *= len(known)
    there = all(example[name] in known for name, known in lists.items())
    for name, known in lists.items():
        if there:
            shown += step * known.index(example[name])
        step *= len(known)
    drawn = hmac.new(course.encode(), f"{item}|{who}".encode(), hashlib.sha256).digest()
    place = int.from_bytes(drawn[:8], "big") % (count - there)
    place += there and place >= shown  # the example is nobody's
    numbers = {}
    for name, known in lists.items():
        place, at = divmod(place, len(known))
        numbers[name] = known[at]
    return numbers


def variant(item, student, course):
    """The member of an item's family that a student gets, as an item; an item without parameters as it is.

    student : name by which the student is known to nbgrader; blanks around it and capitals do not count
    course  : text that stands for the course and the quiz
    """
    if getattr(item, "template", None) is None:
        return item
    lists, example = lists_of(item.template["parameters"])
    return type(item).model_validate({**filled(item.template, numbers_of(student, item.id, lists, example, course)), "template": item.template})
