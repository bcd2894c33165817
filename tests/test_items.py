"""The linter of items and the coverage of banks: each weakness is found in an item that has it, and
in no good one.
"""

from pathlib import Path

import pytest

from kratomcourse.checks.items import check_items
from kratomcourse.quiz import load_bank, load_banks
from kratomcourse.quiz.bank import Choice
from kratomcourse.quiz.coverage import coverage, holes
from kratomcourse.quiz.lint import copies, lint, lint_item

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = load_bank(Path(__file__).parent / "data" / "bank" / "99-sample.yml")


def choice(stem, *texts, **fields):
    """A choice whose first text is the key."""
    options = [
        {
            "text": text,
            "correct": not place,
            "feedback": "Because it is so here.",
            "misconception": None if not place else "some-error",
        }
        for place, text in enumerate(texts)
    ]
    return Choice(
        **{
            "id": "lint.one",
            "objective": "lint.o1",
            "level": "apply",
            "use": ["check"],
            "kind": "choice",
            "stem": stem,
            "options": options,
        }
        | fields
    )


GOOD = choice(
    "What does a small Ki say about a drug and its receptor?",
    "It binds tightly.",
    "It acts strongly.",
    "It stays for long.",
)


def rules(item):
    return {finding.rule for finding in lint_item(item)}


def test_a_good_item_has_no_finding():
    assert rules(GOOD) == set()


BROKEN = Path(__file__).parent / "data" / "broken" / "lint"
WEAKNESSES = {
    "01-negative": (
        "the stem asks for what is not so, without emphasis.",
        "write **not**, or ask it the other way round",
    ),
    "04-role": (
        "a text uses {src}, which a question prints as it stands.",
        "cite a fact of that work: {fact}`id:cite`",
    ),
    "02-catch-all": ("an option says \u201cAll of the above\u201d.", "name what is meant"),
}


@pytest.mark.parametrize("name", WEAKNESSES)
def test_each_weakness_of_a_bank_file_has_its_message(name):
    [finding] = lint(load_bank(BROKEN / f"{name}.yml"))
    assert (finding.item, finding.message, finding.hint) == ("lint.one", *WEAKNESSES[name])


def test_a_copy_in_a_bank_file_is_found():
    assert [
        (one.id, other.id) for one, other in copies(load_bank(BROKEN / "03-copy.yml").items)
    ] == [("lint.one", "lint.two")]
    assert {path.stem for path in BROKEN.glob("*.yml")} == {*WEAKNESSES, "03-copy"}


def test_an_emphasised_negative_is_allowed():
    assert (
        rules(
            choice(
                "Which of these is **not** an opioid, by what you have read?",
                "Caffeine.",
                "Morphine.",
                "Fentanyl.",
            )
        )
        == set()
    )


def test_a_copy_in_other_words_is_found_and_a_neighbour_is_not():
    copy = choice(
        "What does one small Ki say about a drug and its receptor?", "A.", "B.", "C.", id="lint.two"
    )
    neighbour = choice(
        "What does a large Emax say about a drug in an assay with few receptors?",
        "A.",
        "B.",
        "C.",
        id="lint.three",
    )
    assert [(one.id, other.id) for one, other in copies([GOOD, copy, neighbour])] == [
        ("lint.one", "lint.two")
    ]


def test_coverage_counts_every_item_once():
    for bank in load_banks().values():
        assert coverage(bank)["items"].sum() == len(bank.items)


def test_a_small_bank_has_holes_and_each_is_named():
    told = [what for what, _ in holes(SAMPLE)]
    assert any("check items, 20 are needed" in what for what in told)
    assert any("numbers or code" in what for what in told)


def test_no_bank_of_the_course_has_a_hole_or_a_copy():
    errors, _ = check_items(ROOT)
    errors += [
        f"{chapter}: {what}" for chapter, bank in load_banks().items() for what, _ in holes(bank)
    ]
    assert not errors, "\n".join(map(str, errors))
