"""The bank: every question once, in `quizzes/bank/<chapter>.yml`, read into typed records and
checked.

An item knows its stem, key, feedback and the facts its key rests on. It knows no format of any
outlet."""

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from ..errors import CourseError, Diagnostic, did_you_mean, shown_path, yaml_error
from ..evidence import fact_text, load_facts
from ..evidence.facts import Fact
from .quantities import same_unit
from .variants import filled_in

Level = Literal["remember", "understand", "apply", "analyse", "evaluate"]
Finding = tuple[str, str]  # what is wrong, and how to fix it
ID = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"


# A picture lies beside the banks; a text names it as Markdown does: ![what it
# shows](images/curve.png)
PICTURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<file>images/[\w.-]+)\)")
PICTURE_TYPES = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp"}
LARGEST_PICTURE = 200_000  # bytes; it stands in every page and file that holds the item


class Record(BaseModel):
    """A frozen record that takes no unknown field."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Objective(Record):
    """What a learner can do after the chapter; `section` is the heading under which it is
    taught.
    """

    id: str = Field(pattern=ID)
    text: str = Field(min_length=10)
    section: str = Field(min_length=3)


class Option(Record):
    """One option of a choice or multiple-choice item."""

    text: str = Field(min_length=1)
    correct: bool = False
    feedback: str = Field(
        min_length=10, description="why this option is right or wrong; it teaches"
    )
    misconception: str | None = Field(
        None, pattern=r"^[a-z0-9-]+$", description="what a reader believes who picks it"
    )


class CommonError(Record):
    """A wrong number that a known misconception leads to, given as value or formula, with its
    feedback.
    """

    value: float
    formula: str = ""
    feedback: str = Field(min_length=10)
    misconception: str = Field(pattern=r"^[a-z0-9-]+$")


class Tolerance(Record):
    """Exactly one of the two; a share of the key (0.05 is five per cent) or an amount in its
    unit.
    """

    relative: float | None = Field(None, gt=0, lt=1)
    absolute: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        """Exactly one kind of tolerance is given."""
        if (self.relative is None) == (self.absolute is None):
            raise ValueError("takes either relative or absolute; give exactly one")
        return self


class Pair(Record):
    """One pair of a match item."""

    left: str
    right: str
    feedback: str = Field(min_length=10)


class Case(Record):
    """One call of the function asked for; `args` and `expected` are JSON values."""

    args: list[Any]
    expected: bool | int | float | str | list[Any] | dict[str, Any] | None
    tolerance: float = Field(1e-6, ge=0, description="largest relative difference of a number")


class Criterion(Record):
    """One line of a rubric."""

    points: float = Field(gt=0)
    criterion: str = Field(min_length=10)


class Item(Record):
    """What all kinds share."""

    id: str = Field(pattern=ID, description="stable for ever: results refer to it")
    objective: str
    level: Level
    use: list[Literal["check", "graded"]] = Field(
        min_length=1,
        max_length=1,
        description="in the page with feedback, or only in the graded quiz",
    )
    points: float = Field(1, gt=0)
    stem: str = Field(min_length=10)
    facts: list[str] = Field(
        default_factory=list, description="ids of the facts on which the key rests"
    )
    explanation: str = Field("", description="shown with the result, whatever the answer")
    quantities: dict[str, str] = Field(
        default_factory=dict,
        description="names for numbers of the evidence that texts print with {name} and "
        "{= formula :.3g}: a fact id, fact-id:low, fact-id:high, or table.csv#row-id:column",
    )

    @model_validator(mode="before")
    @classmethod
    def put_numbers_in(cls, data: Any) -> Any:
        """Put quantities and the example of parameters into texts and key, unless that is done."""
        return filled_in(data) if isinstance(data, dict) and data.get("template") is None else data

    _order: tuple[int, ...] | None = PrivateAttr(None)  # as shown; None is the order of the page

    @property
    def is_graded(self) -> bool:
        """Whether the item may stand in a graded quiz."""
        return "graded" in self.use

    @property
    def count_shown(self) -> int:
        """Number of options, entries or right sides; 0 for a kind without."""
        return max(len(getattr(self, name, ())) for name in ("options", "entries", "pairs"))

    def with_order(self, order: tuple[int, ...]) -> Self:
        """Return a copy that is shown in another order; `order` holds the places in the bank."""
        item = self.model_copy()
        item._order = order
        return item


class Choice(Item):
    """One of several options is right."""

    kind: Literal["choice"]
    options: list[Option] = Field(min_length=2, max_length=8)

    @model_validator(mode="after")
    def one_key(self) -> Self:
        """Exactly one option is right."""
        right = sum(option.correct for option in self.options)
        if right != 1:
            raise ValueError(
                f"{right} options have correct: true where a choice has exactly one; mark "
                "the one key"
            )
        check_options(self)
        return self


class Choices(Item):
    """Any of several options may be right, but not all."""

    kind: Literal["choices"]
    options: list[Option] = Field(min_length=3, max_length=8)

    @model_validator(mode="after")
    def some_keys(self) -> Self:
        """At least one option is right, and at least one is not."""
        right = sum(option.correct for option in self.options)
        if not 1 <= right < len(self.options):
            raise ValueError(
                "choices need at least one option with correct: true and at least one without"
            )
        check_options(self)
        return self


class Parameter(Record):
    """A number of the question that differs from student to student."""

    example: float = Field(
        description="what page, paper and exports show; no student gets all examples at once"
    )
    values: list[float] = Field(min_length=2, description="what students get")


class Number(Item):
    """A number. Its key is `value`, a `fact`, or a `formula` over quantities and parameters.

    With `parameters` it is a family of questions: each student gets another member.
    """

    kind: Literal["number"]
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    formula: str = Field(
        "", description="arithmetic on quantities and parameters that gives the key"
    )
    template: SkipJsonSchema[dict[str, Any] | None] = Field(None, exclude=True, repr=False)
    value: float | None = None
    fact: str | None = Field(None, description="take the key from this fact's value")
    tolerance: Tolerance
    unit: str = Field(description="unit the answer is asked in; empty for a plain number")
    feedback: str = Field(min_length=10, description="shown with a right answer")
    errors: list[CommonError] = Field(min_length=1, description="wrong numbers that teach")
    hint: str = Field(
        min_length=10, description="shown with a wrong number that is none of the errors"
    )

    @model_validator(mode="after")
    def one_source_of_the_key(self) -> Self:
        """The key comes either from a value or from a fact."""
        if (self.value is None) == (self.fact is None):
            raise ValueError(
                "a number takes its key either from value or from fact; give exactly one"
            )
        return self

    @property
    def key(self) -> float:
        """The right answer, in the item's unit."""
        if self.fact is not None:
            return load_facts()[self.fact].number
        assert self.value is not None  # one_source_of_the_key made sure
        return self.value

    @property
    def allowed(self) -> float:
        """Largest difference from the key that still counts, in the unit of the key."""
        if self.tolerance.relative is not None:
            return abs(self.key) * self.tolerance.relative
        assert self.tolerance.absolute is not None  # one_of_two made sure
        return self.tolerance.absolute


class Order(Item):
    """Entries are to be put into order."""

    kind: Literal["order"]
    entries: list[str] = Field(min_length=3, max_length=7, description="in the right order")
    feedback: str = Field(min_length=10)
    hint: str = Field(min_length=10)


class Match(Item):
    """Entries of two lists are to be paired."""

    kind: Literal["match"]
    pairs: list[Pair] = Field(min_length=3, max_length=7)


class Code(Item):
    """A function is to be written; its results on the cases are compared."""

    kind: Literal["code"]
    function: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    starter: str
    solution: str
    cases: list[Case] = Field(min_length=2, description="the first one is shown to the student")
    feedback: str = Field(min_length=10)
    hint: str = Field(min_length=10)


class TextItem(Item):
    """A written answer that a person marks by a rubric."""

    kind: Literal["text"]
    rubric: list[Criterion] = Field(min_length=1)
    sample: str = Field(min_length=40, description="an answer that earns full points")

    @model_validator(mode="after")
    def rubric_adds_up(self) -> Self:
        """The rubric's points add up to the item's."""
        total = sum(row.points for row in self.rubric)
        if abs(total - self.points) > 1e-9:
            raise ValueError(
                f"the rubric adds up to {total:g} points, the item has {self.points:g}; make "
                "them equal"
            )
        return self


AnyItem = Annotated[
    Choice | Choices | Number | Order | Match | Code | TextItem, Field(discriminator="kind")
]


class Bank(Record):
    """All items of one chapter."""

    chapter: str = Field(
        pattern=r"^\d\d-[a-z0-9-]+$", description="name of the notebook without .ipynb"
    )
    title: str
    objectives: list[Objective] = Field(min_length=1)
    items: list[AnyItem]

    def item(self, item_id: str) -> "AnyItem":
        """The item of an id; raises `KeyError` with the nearest name."""
        for item in self.items:
            if item.id == item_id:
                return item
        hint = did_you_mean(item_id, [item.id for item in self.items])
        raise KeyError(
            f"no item '{item_id}' in the bank of {self.chapter}" + (f"; {hint}" if hint else "")
        )

    def home_of(self, objective: str) -> "Bank":
        """Return the bank that an objective comes from; an assignment has objectives of several."""
        return self

    def used_for(self, use: str) -> list["AnyItem"]:
        """Items for `check` or for `graded`, in the order of the file."""
        return [item for item in self.items if use in item.use]


def check_options(item: "Choice | Choices") -> None:
    """Raise `ValueError` where a wrong option names no misconception."""
    for number, option in enumerate(item.options, 1):
        if not option.correct and not option.misconception:
            raise ValueError(
                f"option {number} is wrong but names no misconception; add misconception: "
                "some-short-name"
            )
    texts = [option.text.strip().lower() for option in item.options]
    if len(set(texts)) < len(texts):
        raise ValueError("two options have the same text; reword one")


def shown(item: Any) -> list[tuple[str, int]]:
    """Options, entries or right sides of an item as outlets show them: (letter, index in the bank).

    The order of the page is drawn from the item's id, so anybody can repeat it. A graded quiz that
    is handed out has an order of its own, which follows from a secret (`order.reordered`).
    """
    order = page_order(item) if item._order is None else item._order
    return [(chr(ord("a") + place), index) for place, index in enumerate(order)]


def page_order(item: Item) -> list[int]:
    """Return the order of options in the page and in public examples; entries are never in
    place.
    """
    order = list(range(item.count_shown))
    shuffler = random.Random(f"shown:{item.id}")
    shuffler.shuffle(order)
    while isinstance(item, Order) and order == list(range(item.count_shown)):
        shuffler.shuffle(order)
    return order


def key_of(item: Any) -> Any:
    """The full answer in the form that `marking.mark` takes; None for kinds marked by cases or by a
    person.
    """
    places = (
        {index: letter for letter, index in shown(item)}
        if item.kind in ("choice", "choices", "order", "match")
        else {}
    )
    match item.kind:
        case "choice":
            return next(places[i] for i, option in enumerate(item.options) if option.correct)
        case "choices":
            return sorted(places[i] for i, option in enumerate(item.options) if option.correct)
        case "number":
            return item.key
        case "order":
            return [places[i] for i in range(len(item.entries))]
        case "match":
            return [places[i] for i in range(len(item.pairs))]
        case "code":
            return [case.expected for case in item.cases]
    return None


def banks_dir() -> Path:
    """The folder of the bank files: in a checkout, else inside the installed package."""
    here = Path(__file__).resolve()
    checkout = here.parents[2] / "quizzes" / "bank"
    return checkout if checkout.is_dir() else here.parent / "bank_data"


@cache
def load_banks(folder: Path | None = None) -> dict[str, Bank]:
    """Every bank by chapter; CourseError lists the problems of all files, and ids that two files
    share.
    """
    banks: dict[str, Bank] = {}
    problems: list[Diagnostic] = []
    owners: dict[str, str] = {}
    for path in sorted((folder or banks_dir()).glob("*.yml")):
        try:
            bank = load_bank(path)
        except CourseError as error:
            problems += error.diagnostics
            continue
        banks[bank.chapter] = bank
        for item in bank.items:
            if item.id in owners:
                problems.append(
                    Diagnostic(
                        shown_path(path),
                        f"the id stands in {owners[item.id]} too.",
                        "give one of the two items another id",
                        item=item.id,
                    )
                )
            owners[item.id] = shown_path(path)
    if problems:
        raise CourseError(problems)
    return banks


@cache
def load_bank(path: Path | str) -> Bank:
    """One bank file, checked against the model, its objectives and the facts.

    path   : a .yml file
    raises : CourseError that lists every problem with file, line, item id and fix
    """
    path, file = Path(path), shown_path(path)
    try:
        text = path.read_text(encoding="utf-8")
        root, data = read_yaml(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        hint = (
            "look at this line and the one before: indent with spaces, and put text that holds "
            "': ' or begins with a sign such as { or ` behind >- on a line of its own"
        )
        raise yaml_error(error, path, hint) from error
    if not isinstance(data, dict):
        raise CourseError(
            Diagnostic(
                file,
                "is not a bank.",
                "write chapter, title, objectives and items, as the other banks do",
                1,
            )
        )
    lines = item_lines(root)
    items = data["items"] if isinstance(data.get("items"), list) else []
    ids = [str(item.get("id", "")) if isinstance(item, dict) else "" for item in items]
    if twice := list(repeated_fields(root)):
        raise CourseError(
            Diagnostic(
                file,
                f"the field '{name}' stands twice in one place.",
                "keep one of the two",
                line,
                owner_of(line, lines, ids),
            )
            for name, line in twice
        )
    try:
        bank = Bank.model_validate(data)
    except ValidationError as error:
        raise CourseError(
            [problem_of(issue, file, ids, lines) for issue in error.errors()]
        ) from error
    problems = [
        Diagnostic(file, what, fix, lines[number], item.id)
        for number, item in enumerate(bank.items)
        for what, fix in check_item(item, bank, ids[:number])
    ]
    names = [objective.id for objective in bank.objectives]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(
            Diagnostic(
                file,
                f"the objective '{name}' stands twice at the head of the file.",
                "give one of the two another id",
            )
        )
    if path.stem != bank.chapter:
        problems.append(
            Diagnostic(
                file, f"chapter is '{bank.chapter}'.", f"name it like the file: {path.stem}", 1
            )
        )
    if problems:
        raise CourseError(problems)
    return bank


def read_yaml(text: str) -> tuple[Any, Any]:
    """(nodes with their lines, data) of a YAML text, parsed once. libyaml reads ten times as fast;
    Python's own reader tells a mistake more plainly.
    """
    try:
        return parsed(getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text))
    except yaml.YAMLError:
        return parsed(yaml.SafeLoader(text))


def parsed(loader: Any) -> tuple[Any, Any]:
    """(root node, data) of the one document that a YAML loader reads."""
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def item_lines(root: Any) -> list[int]:
    """Line of each item in the file, in order."""
    for key, node in getattr(root, "value", None) or []:
        if key.value == "items" and isinstance(node, yaml.SequenceNode):
            return [entry.start_mark.line + 1 for entry in node.value]
    return []


def repeated_fields(node: Any) -> Iterator[tuple[str, int]]:
    """(name, line) of each field that one mapping holds twice; YAML itself would keep the last in
    silence.
    """
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from repeated_fields(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from repeated_fields(value)


def owner_of(line: int, lines: Sequence[int], ids: Sequence[str]) -> str:
    """Id of the item in which a line of the file stands, or an empty string."""
    before = [item_id for start, item_id in zip(lines, ids, strict=False) if start <= line]
    return before[-1] if before else ""


def problem_of(issue: Any, file: str, ids: Sequence[str], lines: Sequence[int]) -> Diagnostic:
    """A pydantic error as a Problem that speaks of the item."""
    place = issue["loc"]
    number = place[1] if len(place) > 1 and place[0] == "items" else None
    rest = [
        str(part + 1 if isinstance(part, int) else part)
        for part in place[(3 if number is not None else 0) :]
    ]
    field, where = (rest[-1] if rest else ""), " ".join(rest)
    given, context = issue.get("input"), issue.get("ctx", {})
    match issue["type"]:
        case "missing":
            what, fix = f"{where} is missing", "add it"
        case "extra_forbidden":
            what, fix = (
                f"'{where}' is not a field of this place",
                did_you_mean(field, FIELDS - {field}) or "remove it or fix its spelling",
            )
        case "union_tag_not_found":
            what, fix = (
                "kind is missing",
                "add kind: choice, choices, number, order, match, code or text",
            )
        case "union_tag_invalid":
            kinds = [kind.strip("' ") for kind in context["expected_tags"].split(",")]
            what, fix = (
                f"kind '{context['tag']}' is unknown",
                did_you_mean(context["tag"], kinds) or f"use one of: {', '.join(kinds)}",
            )
        case "literal_error":
            what, fix = f"{where} is '{given}'", f"use {context['expected']}"
        case "string_type":
            what, fix = f"{where} is not text but {given!r}", "put it in quotes"
        case "string_pattern_mismatch":
            what, fix = (
                f"{where} '{given}' has not the right form",
                FORMS.get(field, "see the others in this file"),
            )
        case "string_too_short":
            what, fix = (
                f"{where} is shorter than {context['min_length']} characters",
                "write what a reader learns from",
            )
        case "too_short" | "too_long" as size:
            bound, act = (
                (f"at least {context['min_length']}", "add")
                if size == "too_short"
                else (f"at most {context['max_length']}", "take out")
            )
            what, fix = (
                f"{where} has {context['actual_length']} entries where {bound} may stand",
                FORMS.get(field, f"{act} what it takes"),
            )
        case "value_error":
            what, _, fix = issue["msg"].removeprefix("Value error, ").partition("; ")
            what = f"{where}: {what}" if where else what
        case _:
            what, fix = (
                (f"{where}: {issue['msg']}" if where else issue["msg"]),
                "compare with the same field of another item",
            )
    return Diagnostic(
        file,
        f"{what}.",
        fix,
        lines[number] if number is not None and number < len(lines) else None,
        ids[number] if number is not None and number < len(ids) else "",
    )


FIELDS = {
    name
    for record in (
        Bank,
        Objective,
        Option,
        CommonError,
        Tolerance,
        Parameter,
        Pair,
        Case,
        Criterion,
        *get_args(get_args(AnyItem)[0]),
    )
    for name in record.model_fields
} - {"template"}
FORMS = {
    "id": "write small letters, digits and hyphens with dots between, like pharm.binding.poster",
    "misconception": "write small letters, digits and hyphens, like affinity-is-effect",
    "chapter": "write it like the notebook: 02-pharmacology",
    "use": "keep either check or graded: a key that stands in a public page is never graded",
    "function": "write a Python name in small letters, like share_left",
}


def check_item(item: AnyItem, bank: Bank, earlier_ids: Collection[str]) -> Iterator[Finding]:
    """(what, fix) for what the model of a single item cannot see."""
    if item.id in earlier_ids:
        yield "a second item has this id.", "give it another id; ids are for ever"
    objectives = [objective.id for objective in bank.objectives]
    if item.objective not in objectives:
        yield (
            f"objective '{item.objective}' is not at the head of the file.",
            did_you_mean(item.objective, objectives) or "add it there",
        )
    facts = load_facts()
    for fact_id in [
        *item.facts,
        *re.findall(r"\{fact\}`([^`:]+)", item.model_dump_json()),
        *filter(None, [getattr(item, "fact", None)]),
    ]:
        if fact_id not in facts:
            yield (
                f"fact '{fact_id}' is not in facts.csv.",
                did_you_mean(fact_id, facts) or "add the row",
            )
    for fact_id, part in re.findall(r"\{fact\}`([^`:]+):?([^`]*)`", item.model_dump_json()):
        if fact_id in facts:
            try:
                fact_text(facts[fact_id], part or "full")
            except ValueError as error:
                what, _, fix = str(error).partition("; ")
                yield f"{what}.", fix
    yield from check_pictures(item)
    if found := re.search(r"TODO[^\"\\]{0,40}|todo-[a-z-]+", item.model_dump_json()):
        yield f"'{found[0].strip()}' is left of the template.", "write what it asks for"
    if item.kind == "number":
        yield from check_number(item, facts)
    texts = (
        [pair.right for pair in item.pairs]
        if item.kind == "match"
        else getattr(item, "entries", [])
    )
    for text in sorted({text for text in texts if texts.count(text) > 1}):
        yield f"'{text}' stands there twice, so that two answers would be right.", "reword one"


def check_pictures(item: AnyItem) -> Iterator[Finding]:
    """(what, fix) for pictures that are not there, cannot be shown everywhere, or say nothing to
    those who do not see them.
    """
    for alt, name in sorted(set(PICTURE.findall(item.model_dump_json()))):
        path = banks_dir() / name
        if not alt.strip():
            yield (
                f"the picture '{name}' has no text for those who do not see it.",
                "write what it shows between the square brackets",
            )
        elif path.suffix[1:].lower() not in PICTURE_TYPES:
            yield (
                f"the picture '{name}' is of a kind that not every system shows.",
                f"save it as one of: {', '.join(PICTURE_TYPES)}",
            )
        elif not path.exists():
            yield (
                f"the picture '{name}' is not there.",
                "put it into quizzes/bank/images, or fix the name",
            )
        elif path.stat().st_size > LARGEST_PICTURE:
            yield (
                f"the picture '{name}' has {path.stat().st_size:,} bytes.",
                f"make it smaller than {LARGEST_PICTURE:,} bytes",
            )


def check_number(item: Number, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    """(what, fix) for a key that is none, and for errors that the tolerance would let through as
    right.
    """
    fact = facts.get(item.fact or "")
    if fact and not fact.value:
        yield (
            f"fact '{item.fact}' has no value to take the key from.",
            "give value instead, with the arithmetic in explanation",
        )
    elif fact and fact.unit and not same_unit(fact.unit, item.unit):
        yield (
            f"the key is fact '{item.fact}' in {fact.unit}, but the item asks "
            f"for {item.unit or 'a plain number'}.",
            "give the item the unit of the fact, or compute the key with a formula",
        )
    elif fact or not item.fact:
        for error in item.errors:
            if abs(error.value - item.key) <= item.allowed:
                yield (
                    f"the error {error.value:g} lies within the tolerance of the key {item.key:g}.",
                    "narrow the tolerance or take the error out",
                )
