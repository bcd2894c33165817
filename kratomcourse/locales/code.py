"""Messages in a chapter's code: the words that a figure or a printed line shows, also where values are set into them.

A message of an f-string keeps its {values}; the translation must use the same ones. The code is changed where the
words stand and nowhere else.
"""

import ast
import re

# Arguments that readers see, by name; and calls with the places of the arguments that readers see (None: all of them), as in
# picture.text(x, y, words, colour), whose colour is a name of the code.
NAMED = ("title", "alt", "limits", "label", "xlabel", "ylabel", "text")
SHOWN = {name: (0,) for name in ("set_xlabel", "set_ylabel", "set_title", "annotate", "set_xticklabels", "set_yticklabels", "suptitle", "Slider")} | {"text": (2,), "Axis": (3,), "print": None}
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
    for node, words in sorted(swaps, key=lambda swap: (swap[0].lineno, swap[0].col_offset), reverse=True):
        told = tell(words)
        if told == words:
            continue
        new = written(node, told)
        if new is None:
            continue
        start, end = offsets[node.lineno - 1] + node.col_offset, offsets[node.end_lineno - 1] + node.end_col_offset
        raw = raw[:start] + new.encode() + raw[end:]
    return raw.decode()


def shown(tree):
    """(node, message) for each string that readers see."""
    for call in ast.walk(tree):
        # An explorer's drawing returns (sentence, numbers).
        if isinstance(call, ast.Return) and isinstance(call.value, ast.Tuple) and (words := message(call.value.elts[0])) and SAID.search(words):
            yield call.value.elts[0], words
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        seen = [keyword.value for keyword in call.keywords if keyword.arg in NAMED]
        if name in SHOWN:
            seen += call.args if SHOWN[name] is None else [call.args[place] for place in SHOWN[name] if place < len(call.args)]
        if name == "Slider":
            seen += positions(call)
        for value in seen:
            for node in strings(value):
                words = message(node)
                if words and SAID.search(words):
                    yield node, words


def strings(value):
    """The strings that a value is put together from: one of two, several in a list, parts joined by +."""
    if isinstance(value, ast.IfExp):
        return strings(value.body) + strings(value.orelse)
    if isinstance(value, (ast.List, ast.Tuple)):
        return [node for one in value.elts for node in strings(one)]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return strings(value.left) + strings(value.right)
    return [value]


def positions(call):
    """Texts of a slider's positions where they stand in the call itself, and the one it begins with, which must stay one of them."""
    choices = next((value for value in [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "choices")] if isinstance(value, ast.Dict)), None)
    if choices is None:
        return []
    texts = [key for key in choices.keys if key is not None]
    starts = [*call.args[2:3], *(keyword.value for keyword in call.keywords if keyword.arg == "start")]
    return texts + [start for start in starts if message(start) in {message(text) for text in texts}]


def message(node):
    """The words of a string or f-string, its values as {code}; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value.replace("{", "{{").replace("}", "}}") if isinstance(part, ast.Constant) else value_of(part) for part in node.values)
    return None


def value_of(part):
    # The text between the braces, as Python itself writes it.
    return ast.unparse(ast.JoinedStr([part]))[2:-1]


def written(node, told):
    """Python for the translated words; None where they do not use the values of the original."""
    if isinstance(node, ast.Constant):
        return repr(told)
    values = {value_of(part): part for part in node.values if isinstance(part, ast.FormattedValue)}
    pieces = re.split("(" + "|".join(map(re.escape, sorted(values, key=len, reverse=True))) + ")", told) if values else [told]
    if set(values) - set(pieces):
        return None
    made = [values[piece] if piece in values else ast.Constant(piece.replace("{{", "{").replace("}}", "}")) for piece in pieces if piece]
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
