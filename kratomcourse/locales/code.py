"""Messages in a chapter's code: the words that a figure or a printed line shows, also where values are set into them.

A message of an f-string keeps its {values}; the translation must use the same ones. The code is changed where the
words stand and nowhere else.
"""

import ast
import re

# Arguments that readers see, by name; and calls with the places of the arguments that readers see (None: all of them), as in
# picture.text(x, y, words, colour), whose colour is a name of the code.
NAMED = ("title", "alt", "limits", "label", "xlabel", "ylabel", "text")
SHOWN = {
    name: (0,)
    for name in (
        "set_xlabel",
        "set_ylabel",
        "set_title",
        "annotate",
        "set_xticklabels",
        "set_yticklabels",
        "suptitle",
        "Slider",
    )
} | {"text": (2,), "Axis": (3,), "print": None}
SAID = re.compile(r"[^\W\d_]{2,}.*\s|\s.*[^\W\d_]{2,}|^[A-Za-z]{3,}$")


def translate(source, tell):
    """Code with the words that readers see replaced by what `tell(message)` answers; code that can not be read stays as it is."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    swaps = [(node, words) for node, words in shown(tree)]
    offsets = line_offsets(source)
    raw = source.encode()
    for node, words in sorted(
        swaps, key=lambda swap: (swap[0].lineno, swap[0].col_offset), reverse=True
    ):
        told = tell(words)
        if told == words:
            continue
        new = written(node, told)
        if new is None:
            continue
        start, end = (
            offsets[node.lineno - 1] + node.col_offset,
            offsets[node.end_lineno - 1] + node.end_col_offset,
        )
        raw = raw[:start] + new.encode() + raw[end:]
    return raw.decode()


def shown(tree):
    """(node, message) for each string that readers see."""
    for call in ast.walk(tree):
        if isinstance(call, ast.FunctionDef):
            yield from said(sentence(call))
        if not isinstance(call, ast.Call):
            continue
        name = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        seen = [keyword.value for keyword in call.keywords if keyword.arg in NAMED]
        if name in SHOWN:
            seen += (
                call.args
                if SHOWN[name] is None
                else [call.args[place] for place in SHOWN[name] if place < len(call.args)]
            )
        if name == "Slider":
            seen += positions(call)
        yield from said(seen)


def said(values):
    for value in values:
        for node in strings(value):
            words = message(node)
            if words and SAID.search(words):
                yield node, words


def sentence(function):
    """What an explorer's drawing says: it returns (sentence, numbers), and the sentence or a part of it may have a name."""
    returned = [
        line.value.elts[0]
        for line in ast.walk(function)
        if isinstance(line, ast.Return) and isinstance(line.value, ast.Tuple) and line.value.elts
    ]
    named = {
        line.targets[0].id: line.value
        for line in function.body
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
    }
    found = []
    for value in returned:
        value = named.get(value.id) if isinstance(value, ast.Name) else value
        if value is not None:
            parts = [
                part.id
                for node in strings(value)
                for part in ast.walk(node)
                if isinstance(part, ast.Name)
            ]
            found += [value, *(named[part] for part in parts if part in named)]
    return found


def strings(value):
    """The strings that a value is put together from: one of two, several in a list, parts joined by +, the beginning of one."""
    if isinstance(value, ast.Subscript):
        return strings(value.value)
    if isinstance(value, ast.IfExp):
        return strings(value.body) + strings(value.orelse)
    if isinstance(value, (ast.List, ast.Tuple)):
        return [node for one in value.elts for node in strings(one)]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return strings(value.left) + strings(value.right)
    return [value]


def positions(call):
    """Texts of a slider's positions where they stand in the call itself, and the one it begins with, which must stay one of them."""
    choices = next(
        (
            value
            for value in [
                *call.args[1:2],
                *(keyword.value for keyword in call.keywords if keyword.arg == "choices"),
            ]
            if isinstance(value, ast.Dict)
        ),
        None,
    )
    if choices is None:
        return []
    texts = [key for key in choices.keys if key is not None]
    starts = [
        *call.args[2:3],
        *(keyword.value for keyword in call.keywords if keyword.arg == "start"),
    ]
    return texts + [
        start for start in starts if message(start) in {message(text) for text in texts}
    ]


def message(node):
    """The words of a string or f-string, its values as {code}; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value.replace("{", "{{").replace("}", "}}")
            if isinstance(part, ast.Constant)
            else value_of(part)
            for part in node.values
        )
    return None


def value_of(part):
    # The text between the braces, as Python itself writes it.
    return ast.unparse(ast.JoinedStr([part]))[2:-1]


def written(node, told):
    """Python for the translated words; None where they do not use the values of the original."""
    if isinstance(node, ast.Constant):
        return repr(told)
    values = {value_of(part): part for part in node.values if isinstance(part, ast.FormattedValue)}
    pieces = (
        re.split("(" + "|".join(map(re.escape, sorted(values, key=len, reverse=True))) + ")", told)
        if values
        else [told]
    )
    if set(values) - set(pieces):
        return None
    made = [
        values[piece]
        if piece in values
        else ast.Constant(piece.replace("{{", "{").replace("}}", "}"))
        for piece in pieces
        if piece
    ]
    try:
        new = ast.unparse(ast.JoinedStr(made))
        ast.parse(new)
    except (ValueError, SyntaxError):
        return None
    return new


def line_offsets(source):
    """Offset in bytes of the beginning of each line."""
    offsets, at = [], 0
    for line in source.encode().splitlines(keepends=True):
        offsets.append(at)
        at += len(line)
    return offsets
