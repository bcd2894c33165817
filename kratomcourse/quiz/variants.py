"""Numbers that differ from student to student: an item with `parameters` is a family of questions.

Which member a student gets follows from the student's name, the item and a text of the course
(HMAC), so that marking knows it too. The example, which page, paper and exports show, is nobody's.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .formulas import (
    MARKING_NAMES,
    PLACE,
    ItemData,
    all_text,
    check_name,
    formulas_of,
    map_texts,
    names_in_text,
    printed,
    worked_out,
)
from .quantities import put_in_quantities

if TYPE_CHECKING:
    from .bank import Item

AnItem = TypeVar("AnItem", bound="Item")

__all__ = [
    "PLACE",
    "filled",
    "filled_in",
    "lists_of",
    "member",
    "numbers_of",
    "variant",
    "worked_out",
]

FEWEST, MOST = 20, 5000  # members of a family
Lists = dict[str, list[float]]
Numbers = dict[str, float]


def filled_in(data: ItemData) -> ItemData:
    """Return the data of an item with its quantities and the example of its parameters put in.

    data   : an item as it stands in a bank; `template` keeps what a family was filled from
    raises : ValueError, with the fix after a semicolon
    """
    has_parameters = isinstance(data.get("parameters"), dict) and bool(data["parameters"])
    if data.get("quantities"):
        data = put_in_quantities(data)
    elif formulas_of(data) and not has_parameters and data.get("kind") == "number":
        raise ValueError(
            "a formula needs quantities or parameters; add them, or give value instead"
        )
    elif not has_parameters and "{=" in all_text(data):
        raise ValueError("a text computes with {= } but the item has no quantities; add quantities")
    return with_example(data) if has_parameters else data


def with_example(data: ItemData) -> ItemData:
    """Return the data of an item, filled with its example; `template` keeps the unfilled data.

    raises : ValueError, with the fix after a semicolon, for a family that is none or in which a
             member goes wrong
    """
    if data.get("value") is not None or data.get("fact") is not None:
        raise ValueError("with parameters the key comes from formula; take value and fact out")
    if not data.get("formula"):
        raise ValueError("parameters need a formula for the key; add formula, such as a / (a + b)")
    lists, example = lists_of(data["parameters"])
    count = math.prod(map(len, lists.values()))
    if not FEWEST < count <= MOST:
        raise ValueError(
            f"the parameters give {count} different questions where {FEWEST + 1} to {MOST} may be;"
            " add values, or take some out"
        )
    for name in sorted(names_in_text(all_text(data)) - set(lists)):
        raise ValueError(f"'{{{name}}}' in a text is no parameter; use one of: {', '.join(lists)}")
    shown = names_in_text(str(data.get("stem", "")))
    if unused := [name for name in lists if name not in shown]:
        raise ValueError(
            f"the stem does not show the parameter {unused[0]}; write {{{unused[0]}}} into it"
        )
    check_members(data, lists)
    return {**filled(data, example), "template": data}


def lists_of(parameters: Mapping[str, Any]) -> tuple[Lists, Numbers]:
    """Return ({name: values}, {name: example}) of the parameters as they stand in a bank."""
    lists: Lists = {}
    example: Numbers = {}
    for name, given in parameters.items():
        given = given if isinstance(given, dict) else {}
        check_name(str(name), "parameter", MARKING_NAMES)
        values: Any = given.get("values")
        if not isinstance(given.get("example"), int | float) or not are_numbers(values):
            raise ValueError(
                f"the parameter '{name}' lacks an example or a list of values;"
                f" write {name}: {{example: 10, values: [5, 10, 20]}}"
            )
        lists[name], example[name] = values, given["example"]
    return lists, example


def are_numbers(values: object) -> bool:
    """Whether something is a list of at least two different numbers."""
    return (
        isinstance(values, list)
        and len(set(map(str, values))) > 1
        and all(isinstance(value, int | float) for value in values)
    )


def check_members(data: ItemData, lists: Lists) -> None:
    """ValueError for the first member whose key is no number, or whose known error is right."""
    given = data.get("tolerance")
    tolerance: dict[str, Any] = given if isinstance(given, dict) else {}
    absolute = tolerance.get("absolute")
    errors = [error for error in data.get("errors") or [] if isinstance(error, dict)]
    for place in range(math.prod(map(len, lists.values()))):
        values = member(lists, place)
        key = worked_out(data["formula"], values)
        relative = tolerance.get("relative") or 0
        allowed = absolute if isinstance(absolute, int | float) else abs(key) * relative
        for error in errors:
            formula = error.get("formula")
            wrong = worked_out(formula, values) if formula else error.get("value")
            if isinstance(wrong, int | float) and abs(wrong - key) <= allowed:
                shown = ", ".join(f"{name} = {value:g}" for name, value in values.items())
                raise ValueError(
                    f"with {shown} the error {wrong:.4g} lies within the tolerance of the key"
                    f" {key:.4g}; take that value out, or narrow the tolerance"
                )


def filled(data: ItemData, values: Numbers) -> ItemData:
    """Return the data of an item with its parameters put in: texts, key and known errors."""

    def put(text: str) -> str:
        return PLACE.sub(
            lambda match: (
                printed(values[match["name"]])
                if match["name"]
                else printed(worked_out(match["formula"], values), match["form"])
            ),
            text,
        )

    made = {**map_texts(data, put), "value": worked_out(data["formula"], values)}
    made["errors"] = [
        {**error, "value": worked_out(error["formula"], values)}
        if isinstance(error, dict) and error.get("formula")
        else error
        for error in made.get("errors") or []
    ]
    return made


def member(lists: Lists, place: int) -> Numbers:
    """Return one member of a family by its number, counted from zero."""
    values: Numbers = {}
    for name, known in lists.items():
        place, at = divmod(place, len(known))
        values[name] = known[at]
    return values


def numbers_of(
    student: object,
    item: str,
    lists: dict[str, list[float]],
    example: dict[str, float],
    course: str,
) -> dict[str, float]:
    """Return a student's numbers of one item. The notebook holds this text and runs it as it is."""
    import hashlib
    import hmac

    who = str(student or "").strip().lower()
    count, place, shown, step = 1, 0, 0, 1
    for known in lists.values():
        count *= len(known)
    there = all(example[name] in known for name, known in lists.items())
    for name, known in lists.items():
        if there:
            shown += step * known.index(example[name])
        step *= len(known)
    drawn = hmac.new(course.encode(), f"{item}|{who}".encode(), hashlib.sha256).digest()
    place = int.from_bytes(drawn[:8], "big") % (count - there)
    place += there and place >= shown  # the example is nobody's
    numbers: dict[str, float] = {}
    for name, known in lists.items():
        place, at = divmod(place, len(known))
        numbers[name] = known[at]
    return numbers


def variant(item: AnItem, student: str, course: str) -> AnItem:
    """Return the member of an item's family that a student gets; other items as they are.

    student : name by which the student is known to nbgrader; blanks around it and case do not count
    course  : text that stands for the course and the quiz
    """
    template = getattr(item, "template", None)
    if template is None:
        return item
    lists, example = lists_of(template["parameters"])
    numbers = numbers_of(student, item.id, lists, example, course)
    return type(item).model_validate({**filled(template, numbers), "template": template})
