"""The questions: the real bank keeps its promises, marking is fair to every answer, and a mistake
is told plainly.
"""

import json
import math
import re
from collections import Counter
from decimal import Decimal
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import permutations
from typing import get_args

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from kratomcourse.errors import CourseError
from kratomcourse.evidence import load_facts
from kratomcourse.quiz import load_bank, load_banks, mark
from kratomcourse.quiz.bank import AnyItem, check_item, key_of, shown
from kratomcourse.quiz.html import render_item
from kratomcourse.quiz.item_text import FACT, with_facts
from kratomcourse.quiz.marking import Mark, equal
from kratomcourse.quiz.responses import chosen, known_error, misconceptions

BANKS = load_banks(ROOT / "quizzes" / "bank")
ITEMS = [item for bank in BANKS.values() for item in bank.items]
OBJECTIVES = [(bank, objective) for bank in BANKS.values() for objective in bank.objectives]
PHARMACOLOGY = BANKS["02-pharmacology"]
BROKEN = ROOT / "tests" / "data" / "broken" / "bank"


def of_kind(*kinds):
    return [item for item in ITEMS if item.kind in kinds]


def by_id(value):
    return getattr(value, "id", None)


each_item = pytest.mark.parametrize("item", ITEMS, ids=by_id)
each_code = pytest.mark.parametrize("item", of_kind("code"), ids=by_id)


# Marking of one small item of each kind, at the edges of each rule

SAMPLE = load_bank(ROOT / "tests" / "data" / "bank" / "99-sample.yml")
ONE = {item.id.removeprefix("sample."): item for item in SAMPLE.items}


@pytest.mark.parametrize(
    "name, answer, points",
    [
        ("one", "b", 1),
        ("one", " B\n", 1),
        ("one", ["b"], 0),
        ("one", "", 0),
        ("many", ["c", "d"], 3),
        ("many", ("C ", "d", "d", 5), 3),
        ("many", {"c"}, 1.5),
        ("many", ["c", "d", "a"], 1.5),
        ("many", ["c", "a"], 0),
        ("many", ["c", "z"], 1.5),
        ("many", "cd", 0),
        ("many", [], 0),
        ("num", 0.5, 2),
        ("num", 0.51, 2),
        ("num", 0.49, 2),
        ("num", 0.5100001, 0),
        ("num", Fraction(1, 2), 2),
        ("num", True, 0),
        ("num", "0.5", 0),
        ("num", math.inf, 0),
        ("num", 10**400, 0),
        ("order", key_of(ONE["order"]), 3),
        ("order", tuple(letter.upper() for letter in key_of(ONE["order"])), 3),
        ("order", key_of(ONE["order"])[::-1], 0),
        ("order", [*key_of(ONE["order"])[1:], key_of(ONE["order"])[0]], 2),
        ("order", "".join(key_of(ONE["order"])), 0),
        ("order", set(key_of(ONE["order"])), 0),
        ("match", key_of(ONE["match"]), 3),
        ("match", key_of(ONE["match"])[:1], 1),
        ("match", [*key_of(ONE["match"]), "a"], 0),
        ("match", [*key_of(ONE["match"])[:2], 5], 0),
        ("code", [0.25, 0, 0.5, 0.75], 4),
        ("code", (0.25, 1, 0.5, 0.75), 3),
        ("code", [0.25, 0, 0.5], 0),
        ("code", None, 0),
        ("text", "Because.", None),
        ("text", " \n", 0),
        ("text", ["Because."], 0),
        ("text", None, 0),
    ],
)
def test_each_kind_earns_what_its_rule_says(name, answer, points):
    made = mark(ONE[name], answer)
    assert made == Mark(f"sample.{name}", points, ONE[name].points)


def test_points_have_four_digits_and_never_leave_their_bounds():
    item = ONE["match"].model_copy(update={"points": 1})
    assert mark(item, key_of(item)[:1]).points == 0.3333
    assert mark(ONE["many"], ["a", "b"]).points == 0


@pytest.mark.parametrize(
    "got, expected, agree",
    [
        (1.0000009, 1, True),
        (1.0000011, 1, False),
        (9e-10, 0, True),
        (2e-9, 0, False),
        ([], [], True),
        ("a", ["a"], False),
        ({"a": [1, 2]}, {"a": [1, 3]}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        (None, False, False),
        (b"a", "a", False),
    ],
)
def test_two_numbers_agree_to_one_part_in_a_million(got, expected, agree):
    assert equal(got, expected, 1e-6) is agree


# What an answer says of its author


@pytest.mark.parametrize(
    "name, answer, indexes",
    [
        ("one", "b", [0]),
        ("one", " A ", [2]),
        ("one", "ab", []),
        ("one", 5, []),
        ("many", ["d", "a", "A", 5], [2, 1]),
        ("many", {"c"}, [0]),
    ],
)
def test_an_answer_names_the_options_of_the_bank_that_it_ticks(name, answer, indexes):
    assert chosen(ONE[name], answer) == indexes


@pytest.mark.parametrize(
    "name, answer, names",
    [
        ("one", "b", []),
        ("one", "c", ["affinity-is-effect"]),
        ("many", ["a", "b", "c"], ["affinity-is-effect"]),
        ("num", 0.5, []),
        ("num", 1.0199, ["ki-is-saturation"]),
        ("num", 0.9801, ["ki-is-saturation"]),
        ("num", 1.0201, []),
        ("num", "1", []),
        ("order", ["a", "b", "c", "d"], []),
        ("text", "a", []),
    ],
)
def test_a_wrong_answer_shows_its_misconception_once(name, answer, names):
    assert misconceptions(ONE[name], answer) == names


def test_of_two_known_errors_the_nearer_one_is_meant_and_the_key_is_none():
    error = ONE["num"].errors[0]
    errors = [
        error,
        error.model_copy(update={"value": 1.02}),
        error.model_copy(update={"value": 0}),
    ]
    item = ONE["num"].model_copy(update={"errors": errors})
    assert known_error(item, 1.015) is errors[1] and known_error(item, 1.004) is errors[0]
    assert known_error(item, 5e-10) is errors[2] and known_error(item, 2e-9) is None
    close = item.model_copy(update={"errors": [error.model_copy(update={"value": 0.505})]})
    assert known_error(close, 0.51) is None and known_error(close, 0.5151) is close.errors[0]


# The real bank
# ---------------------------------------------------------------------------------------------------


def test_every_bank_of_the_course_loads():
    assert set(BANKS) == {path.stem for path in (ROOT / "quizzes" / "bank").glob("*.yml")}


@pytest.mark.parametrize("bank, objective", OBJECTIVES, ids=by_id)
def test_every_objective_is_practised_and_graded(bank, objective):
    uses = Counter(use for item in bank.items if item.objective == objective.id for use in item.use)
    assert uses["check"] >= 3 and uses["graded"] >= 3


def test_every_kind_and_level_is_in_the_bank():
    kinds = {
        get_args(record.model_fields["kind"].annotation)[0]
        for record in get_args(get_args(AnyItem)[0])
    }
    assert {item.kind for item in PHARMACOLOGY.items} == kinds
    assert {item.level for item in PHARMACOLOGY.items} == {
        "remember",
        "understand",
        "apply",
        "analyse",
        "evaluate",
    }


def test_the_bank_is_large_enough_for_two_uses():
    for use in ("check", "graded"):
        kinds = Counter(item.kind for item in PHARMACOLOGY.used_for(use))
        assert sum(kinds.values()) >= 23
        assert kinds["code"] >= 2 and kinds["text"] == 1


def test_a_graded_question_is_no_rewording_of_a_public_one():
    for bank in BANKS.values():
        for public in bank.used_for("check"):
            for graded in bank.used_for("graded"):
                assert (
                    SequenceMatcher(None, public.stem.lower(), graded.stem.lower()).ratio() < 0.75
                ), (public.id, graded.id)


@pytest.mark.parametrize("item", of_kind("choice", "choices", "order", "match"), ids=by_id)
def test_the_shown_order_does_not_point_at_another_option(item):
    """Options are shuffled, so a text that counts them ("the first", "all of the above") would mislead."""
    for text in [item.stem, *(option.text for option in getattr(item, "options", []))]:
        assert not re.search(
            r"\b(?:all|none|both|either) of the above\b|\boption [a-h]\b", text, re.IGNORECASE
        )
    if item.kind == "order":
        assert [index for _, index in shown(item)] != sorted(index for _, index in shown(item))


def unevenness(keys):
    """Chi-square of the letters of the keys against equal use; `keys` holds (letter, number of options) pairs."""
    places, expected = Counter(letter for letter, _ in keys), Counter()
    for _, count in keys:
        for place in range(count):
            expected["abcdefgh"[place]] += 1 / count
    return sum((places[letter] - number) ** 2 / number for letter, number in expected.items())


@pytest.mark.parametrize("source", ["page", "notebook"])
def test_the_place_of_the_key_gives_nothing_away(source):
    """Read off what readers and students get: no letter is right more often than chance makes it, in the whole bank and in each quiz."""
    everywhere = []
    for chapter, bank in BANKS.items():
        here = keys_on_the_page(bank) if source == "page" else keys_in_the_notebook(chapter, bank)
        assert len(here) >= 10 and unevenness(here) < 11.34, (
            f"{chapter}: {Counter(here)}"
        )  # of 99 in 100 fair draws, with 3 degrees of freedom
        everywhere += here
    assert unevenness(everywhere) < 7.81 and len(everywhere) > 90  # 95 in 100


def keys_on_the_page(bank):
    for item in bank.used_for("check"):
        if item.kind == "choice":
            rows = re.findall(r'data-option="([a-h])" data-right="(\w+)"', render_item(item))
            yielded = [letter for letter, right in rows if right == "true"]
            assert yielded == [key_of(item)]
    return [
        (key_of(item), len(item.options))
        for item in bank.used_for("check")
        if item.kind == "choice"
    ]


def keys_in_the_notebook(chapter, bank):
    notebook = json.loads(
        (ROOT / "quizzes" / "source" / chapter / f"{chapter}.ipynb").read_text(encoding="utf-8")
    )
    solutions = {
        cell["id"]: re.search(r"= '([a-h])'\n### END SOLUTION", "".join(cell["source"]))
        for cell in notebook["cells"]
    }
    return [
        (solutions[f"{item.id.replace('.', '-')}-answer"][1], len(item.options))
        for item in bank.used_for("graded")
        if item.kind == "choice"
    ]


@each_item
def test_every_text_of_an_item_can_be_printed(item):
    printed = with_facts(item.model_dump_json())
    assert not FACT.search(printed)


@each_item
def test_a_fact_in_the_stem_is_named_among_the_facts_of_the_key(item):
    quoted = {fact_id for fact_id, _ in FACT.findall(item.stem)} | (
        {item.fact} if getattr(item, "fact", None) else set()
    )
    assert quoted <= set(item.facts)


# Keys that are computed from facts, computed again. A corrected fact changes the right side and the test names the item.
COMPUTED = {
    "pharm.binding.from-mass-to-molar": lambda f: 32.6e3 / 398.5,
    "pharm.verdicts.ratio-of-tops": lambda f: f["ph065"].number / f["ph064"].number,
    "pharm.origin.trace-in-leaf": lambda f: 1000 * f["ph026"].bounds[1] / 100,
    "pharm.origin.ratio-7oh-to-mitragynine": lambda f: 100 * f["ph114"].number / f["ph109"].number,
    "pharm.time.down-to-an-eighth": lambda f: 3 * f["ph110"].number,
    "pharm.time.days-to-steady-state": lambda f: 5 * f["ph117"].number / 24,
    "pharm.interact.over-prediction": lambda f: f["ph134"].number / f["ph131"].number,
    "pharm.limits.tox-against-trial": lambda f: f["ph147"].number / f["ph122"].bounds[1],
    "pharm.interact.herg-margin": lambda f: f["ph159"].number / f["ph109"].number,
    # made-up numbers of the stem
    "pharm.binding.occupancy-made-up": lambda f: 100 * 10 / (10 + 30),
    "pharm.binding.occupancy-unbound": lambda f: 100 * 8 / (8 + 240),
    "pharm.verdicts.amplified-tau": lambda f: 100 * 9 / (1 + 9),
    "pharm.reward.gap-left": lambda f: 3.2 - 0.8,
    "pharm.origin.share-of-what": lambda f: 100 * 0.02 / 2,
    "pharm.interact.activity-left": lambda f: 100 / 1.25,
    "pharm.time.half-life-of-made-up-drug": lambda f: math.log(2) * 300 / 10,
}


@pytest.mark.parametrize(
    "item", [item for item in PHARMACOLOGY.items if item.kind == "number"], ids=by_id
)
def test_a_number_agrees_with_the_facts_it_is_computed_from(item):
    assert item.key == pytest.approx(COMPUTED[item.id](load_facts()), rel=0.005), (
        "the facts changed; compute the key anew"
    )


# Marking ---------------------------------------------------------------------------------------------------------


@each_item
def test_the_key_earns_full_points_and_a_blank_none(item):
    assert mark(item, None).points == 0
    if item.kind == "text":
        assert mark(item, "  ").points == 0
        assert mark(item, item.sample).points is None, "a person reads it"
    else:
        assert mark(item, key_of(item)).points == mark(item, key_of(item)).maximum == item.points


@each_item
def test_an_answer_that_went_through_json_earns_the_same(item):
    assert mark(item, json.loads(json.dumps(key_of(item)))) == mark(item, key_of(item))


@pytest.mark.parametrize("kind", ["choice", "choices", "order", "match"])
@given(data=st.data())
def test_the_order_in_which_options_stand_does_not_matter(kind, data):
    """An author who sorts the options anew changes letters, and no mark: the same texts earn the same."""
    item = data.draw(st.sampled_from(of_kind(kind)))
    field = {"order": "entries", "match": "pairs"}.get(kind, "options")
    parts = getattr(item, field)
    if (
        kind == "order"
    ):  # the order is the key itself; so the letters given for it change, and their order not
        given = data.draw(st.permutations([letter for letter, _ in shown(item)]))
        assert mark(item, given) == mark(item, tuple(letter.upper() for letter in given))
        return
    moved = data.draw(st.permutations(range(len(parts))))
    other = item.model_copy(update={field: [parts[index] for index in moved]})
    here, there = (dict(shown(one)) for one in (item, other))
    letter_there = {moved[index]: letter for letter, index in there.items()}
    if kind == "match":
        given = data.draw(st.permutations(list(here)))
        rows = [letter_there[here[letter]] for letter in given]
        assert mark(other, [rows[index] for index in moved]) == mark(item, given)
        return
    given = data.draw(st.lists(st.sampled_from(sorted(here)), unique=True))
    answers = [(letter, letter_there[here[letter]]) for letter in given]
    if kind == "choice":
        assert all(mark(item, one) == mark(other, two) for one, two in answers)
    else:
        assert (
            mark(item, given)
            == mark(other, [two for _, two in answers])
            == mark(item, given[::-1])
            == mark(item, set(given))
        )


class Hostile:
    """Compares as equal to everything, and fails at whatever else it is asked."""

    def __eq__(self, other):
        return True

    __hash__ = object.__hash__

    def __iter__(self):
        raise RuntimeError

    __float__ = __len__ = __bool__ = __iter__


ODD = st.sampled_from(
    [
        b"a",
        1j,
        range(3),
        {1, "a"},
        frozenset("ab"),
        Decimal("2"),
        Fraction(1, 3),
        np.float64(2),
        np.array([1.0, 2.0]),
        np.array(["a", "b"]),
        object(),
        Hostile(),
        [Hostile()],
        [b"a"],
        ...,
        lambda: 1,
        "a" * 5000,
        [["a"]] * 9,
    ]
)


@pytest.mark.parametrize("item", ITEMS, ids=by_id)
@settings(max_examples=12)
@given(answer=ODD)
def test_an_answer_of_an_odd_type_never_raises_and_earns_no_more_than_all(item, answer):
    points = mark(item, answer).points
    assert points is None or 0 <= points <= item.points


LETTERS = st.lists(st.sampled_from("abcdefgh"), max_size=9)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", sorted({item.kind for item in ITEMS}))
@given(data=st.data())
def test_no_answer_earns_less_than_nothing_or_more_than_all(kind, data):
    item = data.draw(st.sampled_from(of_kind(kind)))
    answer = data.draw(LETTERS | JSON_VALUES | LETTERS.map("".join))
    points = mark(item, answer).points
    if item.kind == "text" and points is None:
        assert isinstance(answer, str) and answer.strip()
    else:
        assert 0 <= points <= item.points


@given(item=st.sampled_from(of_kind("code")), data=st.data())
def test_no_list_of_results_earns_less_than_nothing_or_more_than_all(item, data):
    results = data.draw(st.lists(JSON_VALUES, min_size=len(item.cases), max_size=len(item.cases)))
    assert 0 <= mark(item, results).points <= item.points


@given(item=st.sampled_from(of_kind("choice")), answer=st.sampled_from("abcdefgh"))
def test_one_letter_alone_is_right(item, answer):
    assert mark(item, answer).points == (item.points if answer == key_of(item) else 0)
    assert mark(item, f" {answer.upper()} ") == mark(item, answer)


@given(item=st.sampled_from(of_kind("choices")), ticks=LETTERS)
def test_a_wrong_tick_never_helps(item, ticks):
    key = set(key_of(item))
    wrong = [letter for letter, _ in shown(item) if letter not in key]
    assert mark(item, [*ticks, wrong[0]]).points <= mark(item, ticks).points
    assert (mark(item, ticks).points == item.points) == (
        set(ticks) & {letter for letter, _ in shown(item)} == key
    )


@pytest.mark.parametrize("item", of_kind("choices"), ids=by_id)
def test_ticking_everything_earns_nothing(item):
    assert mark(item, [letter for letter, _ in shown(item)]).points == 0


@pytest.mark.parametrize("item", of_kind("choices"), ids=by_id)
def test_wrong_ticks_alone_earn_nothing(item):
    wrong = [letter for letter, _ in shown(item) if letter not in key_of(item)]
    assert mark(item, wrong).points == 0


@pytest.mark.parametrize("item", of_kind("order"), ids=by_id)
def test_an_order_that_repeats_or_leaves_out_a_letter_earns_nothing(item):
    key = key_of(item)
    assert [
        mark(item, answer).points for answer in (key[:-1], [*key, key[-1]], [*key[:-1], key[0]])
    ] == [0, 0, 0]


@pytest.mark.parametrize("item", of_kind("order"), ids=by_id)
def test_neighbours_in_the_right_order_earn_a_share(item):
    key = key_of(item)
    assert 0 < mark(item, [*key[1:], key[0]]).points < item.points


@pytest.mark.parametrize("item", of_kind("match"), ids=by_id)
def test_each_right_pair_earns_its_share(item):
    key = key_of(item)
    swapped = [key[1], key[0], *key[2:]]
    assert mark(item, swapped).points == pytest.approx(item.points * (len(key) - 2) / len(key))


@pytest.mark.parametrize(
    "got, expected, agree",
    [
        (0.1 + 0.2, 0.3, True),
        (2, 2.0, True),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        (0, False, False),
        (None, None, True),
        (None, 0, False),
        (0, None, False),
        ("a", "a", True),
        ("1", 1, False),
        (math.nan, 1, False),
        ([1, 2], [1, 2, 3], False),
        ([1, 2, 3], [1, 2], False),
        ((1, 2), [1, 2], True),
        ([2, 1], [1, 2], False),
        (10**400, 1, False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([[1], [True]], [[1], [1]], False),
    ],
)
def test_two_results_agree_as_json_values_do(got, expected, agree):
    assert equal(got, expected, 1e-6) is agree


@pytest.mark.parametrize("item", of_kind("order", "match", "code"), ids=by_id)
def test_an_answer_that_is_too_long_earns_nothing(item):
    assert mark(item, [*key_of(item), key_of(item)[0]]).points == 0


@pytest.mark.parametrize("item", of_kind("order", "match"), ids=by_id)
def test_one_arrangement_alone_earns_full_points(item):
    full = [
        answer
        for answer in permutations(key_of(item))
        if mark(item, list(answer)).points == item.points
    ]
    assert full == [tuple(key_of(item))]


@given(item=st.sampled_from(of_kind("number")), offset=st.floats(-3, 3))
def test_a_number_is_right_inside_its_tolerance_only(item, offset):
    answer = item.key + offset * item.allowed
    if abs(offset) < 0.999:
        assert mark(item, answer).points == item.points
    if abs(offset) > 1.001:
        assert mark(item, answer).points == 0


@pytest.mark.parametrize("item", of_kind("number"), ids=by_id)
def test_a_known_wrong_number_is_wrong(item):
    assert [mark(item, error.value).points for error in item.errors] == [0] * len(item.errors)


def results_of(source, item):
    """What the function in `source` returns for each case; None where it fails."""
    space, results = {}, []
    exec(source, space)
    for case in item.cases:
        try:
            results.append(space[item.function](*json.loads(json.dumps(case.args))))
        except Exception:
            results.append(None)
    return results


@each_code
def test_the_solution_earns_full_points_and_the_starter_none(item):
    assert mark(item, results_of(item.solution, item)).points == item.points
    assert mark(item, results_of(item.starter, item)).points == 0


@each_code
def test_no_constant_passes_for_a_solution(item):
    assert (
        max(mark(item, [case.expected] * len(item.cases)).points for case in item.cases)
        < item.points / 2
    )


# Mistakes of an author -------------------------------------------------------------------------------------------

MISTAKES = {
    "01-no-key": "[broken.item] 0 options have correct: true where a choice has exactly one. Fix: mark the one key",
    "02-two-keys": "[broken.item] 2 options have correct: true where a choice has exactly one. Fix: mark the one key",
    "03-same-id": "[broken.fine] a second item has this id. Fix: give it another id",
    "04-no-feedback": "[broken.item] options 2 feedback is missing. Fix: add it",
    "05-no-misconception": "[broken.item] option 2 is wrong but names no misconception. Fix: add misconception",
    "06-unknown-fact": "[broken.item] fact 'ph0677' is not in facts.csv. Fix: did you mean 'ph0",
    "07-unknown-fact-in-stem": "[broken.item] fact 'ph0677' is not in facts.csv. Fix: did you mean 'ph0",
    "08-fact-without-value": "[broken.item] fact ph059 has no value. Fix: print it with :cite",
    "09-unknown-objective": "[broken.item] objective 'broken.o2' is not at the head of the file. Fix: did you mean 'broken.o1'?",
    "10-rubric-adds-up-wrong": "[broken.item] the rubric adds up to 3 points, the item has 4. Fix: make them equal",
    "11-number-with-two-keys": "[broken.item] a number takes its key either from value or from fact. Fix: give exactly one",
    "12-number-from-fact-without-value": "[broken.item] fact 'ph059' has no value to take the key from. Fix: give value instead",
    "13-error-inside-tolerance": "[broken.item] the error 50.5 lies within the tolerance of the key 50. Fix: narrow the tolerance",
    "14-two-tolerances": "[broken.item] tolerance: takes either relative or absolute. Fix: give exactly one",
    "15-misspelled-field": "[broken.item] 'explanaton' is not a field of this place. Fix: did you mean 'explanation'?",
    "16-misspelled-kind": "[broken.item] kind 'choise' is unknown. Fix: did you mean 'choice'?",
    "17-no-kind": "[broken.item] kind is missing. Fix: add kind: choice",
    "18-unknown-level": "[broken.item] level is 'comprehend'. Fix: use 'remember', 'understand'",
    "19-field-twice": "[broken.item] the field 'stem' stands twice in one place. Fix: keep one",
    "20-number-as-text": "[broken.item] options 1 text is not text but 16. Fix: put it in quotes",
    "21-odd-misconception": "misconception 'Affinity is effect' has not the right form. Fix: write small letters, digits and hyphens",
    "22-same-option-twice": "[broken.item] two options have the same text. Fix: reword one",
    "23-same-right-side-twice": "[broken.item] 'how tightly a drug binds' stands there twice, so that two answers would be right. Fix: reword one",
    "24-other-chapter": "chapter is '02-pharmacology'. Fix: name it like the file: 24-other-chapter",
    "25-objective-twice": "the objective 'broken.o1' stands twice at the head of the file. Fix: give one of the two another id",
    "26-not-yaml": "is not YAML: mapping values are not allowed here. Fix: look at this line and the one before",
    "27-not-a-bank": "is not a bank. Fix: write chapter, title, objectives and items",
    "29-parameter-not-in-stem": "[broken.item] the stem does not show the parameter ki. Fix: write {ki} into it",
    "30-formula-not-arithmetic": "holds something that is not arithmetic. Fix: use parameters, quantities, numbers, + - * / ** and exp, log, sqrt",
    "31-too-few-members": "[broken.item] the parameters give 10 different questions where 21 to 5000 may be. Fix: add values",
    "32-error-right-for-a-member": "[broken.item] with c = 20, ki = 20 the error 50 lies within the tolerance of the key 50. Fix: take that value out",
    "33-formula-without-parameters": "[broken.item] a formula needs quantities or parameters. Fix: add them, or give value instead",
    "34-unknown-parameter": "[broken.item] '{cee}' in a text is no parameter. Fix: use one of: c, ki",
    "35-formula-without-a-number": "gives no number with c = 20, ki = 15. Fix: take that value out",
    "36-parameter-without-values": "[broken.item] the parameter 'ki' lacks an example or a list of values. Fix: write ki: {example: 10",
    "37-picture-not-there": "[broken.item] the picture 'images/curve.png' is not there. Fix: put it into quizzes/bank/images",
    "38-picture-without-words": "[broken.item] the picture 'images/curve.png' has no text for those who do not see it. Fix: write what it shows",
    "39-quantity-of-an-unknown-fact": "[broken.item] the quantity 'share' names the fact 'risk-0001', which is not there. Fix: did you mean 'risk-001'?",
    "40-quantity-not-used": "[broken.item] the quantity 'wide' is not used. Fix: use it, or take it out",
    "41-quantity-without-a-number": "[broken.item] fact ph059 has no value that is a number. Fix: name another fact",
    "42-unknown-quantity-in-a-formula": "[broken.item] 'shar' in a text or formula is no quantity of this item. Fix: did you mean 'share'?",
    "43-quantities-give-no-number": "[broken.item] the formula '20000 / (share - share)' gives no number with share = 0.7. Fix: check the facts it uses",
    "44-key-in-another-unit": "[broken.item] the formula 'share' gives % where the item asks for people. Fix: change the formula or the unit",
    "45-ratio-where-per-cent-is-asked": "[broken.item] the formula 'share / whole' gives a ratio where the item asks for %. Fix: multiply by 100",
    "46-quantity-of-a-missing-cell": "[broken.item] prevalence.csv has no column 'percnt'. Fix: did you mean 'percent'?",
    "47-sum-of-two-units": "[broken.item] the formula adds or subtracts % and people. Fix: bring both to one unit first",
    "48-no-number-format": "[broken.item] ':.3x' is not a number format. Fix: write :.3g, :.1f or :,.0f",
    "49-computes-without-quantities": "[broken.item] a text computes with {= } but the item has no quantities. Fix: add quantities",
    "28-both-uses": "[broken.item] use has 2 entries where at most 1 may stand. Fix: keep either check or graded",
    "29-left-of-the-template": "[broken.item] 'TODO why it is not so' is left of the template. Fix: write what it asks for",
}


def test_every_broken_bank_has_its_message():
    assert set(MISTAKES) == {path.stem for path in BROKEN.glob("*.yml")}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_place_and_mend(name):
    with pytest.raises(CourseError) as caught:
        load_bank(BROKEN / f"{name}.yml")
    (problem,) = caught.value.diagnostics
    assert re.match(rf"\S*{name}\.yml:(\d+:)? ", str(problem))
    assert problem.line or problem.item or "at the head of the file" in problem.message
    assert MISTAKES[name] in str(problem)


def test_the_line_of_a_mistake_is_where_its_item_begins():
    with pytest.raises(CourseError) as caught:
        load_bank(BROKEN / "04-no-feedback.yml")
    (problem,) = caught.value.diagnostics
    assert (BROKEN / "04-no-feedback.yml").read_text().splitlines()[
        problem.line - 1
    ] == "  - id: broken.item"


def test_one_id_in_two_banks_is_told(tmp_path):
    text = (BROKEN / "03-same-id.yml").read_text().split("  - id: broken.fine")
    for name in ("01-one", "02-two"):
        (tmp_path / f"{name}.yml").write_text(
            (text[0] + "  - id: broken.fine" + text[1]).replace("03-same-id", name)
        )
    with pytest.raises(
        CourseError, match=r"02-two.yml: \[broken.fine\] the id stands in \S*01-one.yml too"
    ):
        load_banks(tmp_path)


def test_all_mistakes_of_all_banks_are_told_at_once():
    with pytest.raises(CourseError) as caught:
        load_banks(BROKEN)
    assert len(caught.value.diagnostics) == len(MISTAKES)


def test_a_sound_item_raises_no_problem():
    assert [
        problem for item in PHARMACOLOGY.items for problem in check_item(item, PHARMACOLOGY, [])
    ] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"chapter: \xff\n", "isn't UTF-8 text"),
        (b"chapter: a\n b: [c\n", r"bank.yml:\d+: is not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, content, said):
    path = tmp_path / "bank.yml"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=said):
        load_bank(path)
