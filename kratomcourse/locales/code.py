"""Messages in a chapter's code: the strings that a figure or a printed line shows.

The message of an f-string keeps its {values}, and a translation must use the same ones. Only the
bytes of these strings change in the code.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from . import Translate

TextNode = ast.Constant | ast.JoinedStr

# Keyword arguments that readers see.
NAMED = ("title", "subtitle", "alt", "limits", "label", "xlabel", "ylabel", "text")
# Positions of the arguments that readers see, by the name of the function; None for all of them.
SHOWN: dict[str, tuple[int, ...] | None] = {
    "set_xlabel": (0,),
    "set_ylabel": (0,),
    "set_title": (0,),
    "annotate": (0,),
    "set_xticklabels": (0,),
    "set_yticklabels": (0,),
    "suptitle": (0,),
    "Slider": (0,),
    "RadioButtons": (0,),
    "text": (2,),  # text(x, y, words, colour)
    "Axis": (3,),
    "print": None,
}
PROSE = re.compile(r"[^\W\d_]{2,}.*\s|\s.*[^\W\d_]{2,}|^[A-Za-z]{3,}$")


def translate(source: str, tell: Translate) -> str:
    """Return Python source with each string that readers see translated.

    tell : returns the translation of a message
    Source with a syntax error, and a string whose translation lacks a value, stay as they are.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    found = sorted(
        visible_strings(tree), key=lambda pair: (pair[0].lineno, pair[0].col_offset), reverse=True
    )
    offsets = line_offsets(source)
    raw = source.encode()
    for node, words in found:
        translation = tell(words)
        if translation == words:
            continue
        new = literal(node, translation)
        if new is None or node.end_lineno is None or node.end_col_offset is None:
            continue
        start = offsets[node.lineno - 1] + node.col_offset
        end = offsets[node.end_lineno - 1] + node.end_col_offset
        raw = raw[:start] + new.encode() + raw[end:]
    return raw.decode()


def visible_strings(tree: ast.AST) -> Iterator[tuple[TextNode, str]]:
    """Yield (node, message) for each string that readers see."""
    for call in ast.walk(tree):
        if isinstance(call, ast.FunctionDef):
            yield from prose(returned_sentence(call))
        if not isinstance(call, ast.Call):
            continue
        name = called(call)
        seen = [keyword.value for keyword in call.keywords if keyword.arg in NAMED]
        if name in SHOWN:
            places = SHOWN[name]
            seen += (
                call.args
                if places is None
                else [call.args[place] for place in places if place < len(call.args)]
            )
        if name in ("Slider", "RadioButtons"):
            seen += positions(call)
        yield from prose(seen)


# Functions that take the words of a drawing within a list or a mapping.
NAMING = ("log_ticks", "name_rows", "draw_grid_rows", "set_xticks", "set_yticks", "legend")
SENTENCE = re.compile(r"[^\W\d_]{2,}.*\s|\s.*[^\W\d_]{2,}", re.DOTALL)
# Annotations of constants, and keyword arguments, that hold no words.
STYLES = ("Style",)
OPTIONS = ("loc", "name", "data", "index", "columns", "by", "on", "how", "sources")


def labels(source: str) -> Iterator[str]:
    """Yield the messages that a module's drawings may write into themselves, from its constants and
    from what its functions pass on.

    They stay in the code as they are, because a program may look things up by them; a drawing
    translates what it says when it's made (`kratomcourse.i18n.drawn`). A message may have {values}.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a command of IPython
        return
    seen = {words for _, words in visible_strings(tree)}
    for line in tree.body:
        if isinstance(line, (ast.FunctionDef, ast.Assign, ast.AnnAssign)) and not is_style(line):
            found = passed_on(line, is_constant(line))
            yield from (words for words in found if words not in seen)


def is_constant(line: ast.stmt) -> bool:
    """Whether a line assigns to a name in capitals."""
    targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
    return all(isinstance(target, ast.Name) and target.id.isupper() for target in targets)


def is_style(line: ast.stmt) -> bool:
    """Whether a line assigns how something looks."""
    return isinstance(line, ast.AnnAssign) and ast.unparse(line.annotation) in STYLES


def passed_on(node: ast.AST, single: bool) -> Iterator[str]:
    """Yield the messages within a node.

    single : whether a single word is one too; else it may be a column or an option
    """
    if is_text(node) and (words := message(node)):
        letters = "".join(
            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else " x "
            for part in (node.values if isinstance(node, ast.JoinedStr) else [node])
        )
        if (PROSE if single else SENTENCE).search(letters):
            yield words
        return
    naming = isinstance(node, ast.Call) and called(node) in NAMING
    for field, inner in ast.iter_fields(node):
        for child in inner if isinstance(inner, list) else [inner]:
            skipped = (
                not isinstance(child, ast.AST)
                or isinstance(child, ast.Raise)
                or (isinstance(node, ast.Subscript) and field == "slice")
                or (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant))
                or field in ("returns", "annotation")
                or (isinstance(child, ast.keyword) and child.arg in OPTIONS)
            )
            if not skipped:
                yield from passed_on(child, single or naming)


def called(call: ast.Call) -> str:
    """Return the name of the function that a call calls."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def prose(values: Iterable[ast.expr]) -> Iterator[tuple[TextNode, str]]:
    """Yield (node, message) for each string in the values that looks like prose."""
    for value in values:
        for node in strings(value):
            words = message(node)
            if is_text(node) and words and PROSE.search(words):
                yield node, words


def is_text(node: ast.AST) -> TypeGuard[TextNode]:
    """Whether a node is a constant or an f-string."""
    return isinstance(node, (ast.Constant, ast.JoinedStr))


def returned_sentence(function: ast.FunctionDef) -> list[ast.expr]:
    """Return the expressions that make up the sentence of an explorer's drawing function.

    It returns (sentence, numbers); the sentence, or a part of it, may be a local variable.
    """
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
    found: list[ast.expr] = []
    for expression in returned:
        value = named.get(expression.id) if isinstance(expression, ast.Name) else expression
        if value is not None:
            parts = [
                part.id
                for node in strings(value)
                for part in ast.walk(node)
                if isinstance(part, ast.Name)
            ]
            found += [value, *(named[part] for part in parts if part in named)]
    return found


def strings(value: ast.expr) -> list[ast.expr]:
    """Return the parts of a value: of a conditional, a list, a sum or a slice; else the value."""
    if isinstance(value, ast.Subscript):
        return strings(value.value)
    if isinstance(value, ast.IfExp):
        return strings(value.body) + strings(value.orelse)
    if isinstance(value, (ast.List, ast.Tuple)):
        return [node for one in value.elts for node in strings(one)]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return strings(value.left) + strings(value.right)
    return [value]


def positions(call: ast.Call) -> list[ast.expr]:
    """Return the names of a control's positions, if the call itself lists them.

    The position it starts with is included, because it has to stay one of the names.
    """
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


def message(node: ast.expr) -> str | None:
    """Return the text of a string or f-string, its values as {code}; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value).replace("{", "{{").replace("}", "}}")
            if isinstance(part, ast.Constant)
            else value_of(part)
            for part in node.values
        )
    return None


def value_of(part: ast.expr) -> str:
    """Return a value of an f-string with its braces, as `ast.unparse` writes it."""
    return ast.unparse(ast.JoinedStr([part]))[2:-1]


def literal(node: TextNode, translation: str) -> str | None:
    """Return a translation as Python source; None if it lacks a value of the original."""
    if isinstance(node, ast.Constant):
        return repr(translation)
    values = {value_of(part): part for part in node.values if isinstance(part, ast.FormattedValue)}
    alternatives = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    pieces = re.split(f"({alternatives})", translation) if values else [translation]
    if set(values) - set(pieces):
        return None
    parts: list[ast.expr] = [
        values[piece]
        if piece in values
        else ast.Constant(piece.replace("{{", "{").replace("}}", "}"))
        for piece in pieces
        if piece
    ]
    try:
        new = ast.unparse(ast.JoinedStr(parts))
        ast.parse(new)
    except (ValueError, SyntaxError):
        return None
    return new


def line_offsets(source: str) -> list[int]:
    """Return the offset of the beginning of each line, in bytes of UTF-8."""
    offsets: list[int] = []
    at = 0
    for line in source.encode().splitlines(keepends=True):
        offsets.append(at)
        at += len(line)
    return offsets
