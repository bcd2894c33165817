"""The cover test: options without their question, for a person to guess from."""

import re

import pytest
from conftest import course

from kratomcourse.checks.cover import code_of, cover_sheet, guessable, printed, score_sheets
from kratomcourse.errors import CourseError
from kratomcourse.quiz.bank import Choices, load_banks

BANKS = list(load_banks().values())[:2]
ITEMS = {code_of("abcd", item.id): item for item in guessable(BANKS)}
SHEET = cover_sheet(BANKS, "abcd")


def filled(sheet, answer):
    """A sheet with a guess for each item: `answer` takes the item and its letters by text."""

    def fill(block):
        letters = {text: letter for letter, text in re.findall(r"(?m)^- (.)\. (.+)$", block[0])}
        return block[0].replace("Guess:", f"Guess: {answer(ITEMS[block[1]], letters)}")

    return re.sub(r"(?ms)^## (\w{10}).*?^Guess:", fill, sheet)


def keys(item, letters):
    return "".join(letters[text] for text, right in printed(item).items() if right)


def written(tmp_path, text, name="sheet.md"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sheet_holds_every_option_and_no_question_reply_or_name():
    for item in ITEMS.values():
        assert item.id not in SHEET
        assert item.stem.strip()[:40] not in SHEET
        for option in item.options:
            assert not option.feedback or option.feedback.strip()[:40] not in SHEET
        assert all(f". {text}\n" in SHEET for text in printed(item))


def test_a_sheet_is_the_same_whichever_option_is_right():
    def turned(item):
        options = [one.model_copy(update={"correct": not one.correct}) for one in item.options]
        return item.model_copy(update={"options": options})

    changed = [
        bank.model_copy(
            update={"items": [turned(i) if hasattr(i, "options") else i for i in bank.items]}
        )
        for bank in BANKS
    ]
    assert cover_sheet(changed, "abcd") == SHEET
    assert cover_sheet(BANKS, "other") != SHEET


def test_who_knows_all_keys_finds_all_and_who_ticks_all_finds_none(tmp_path):
    knowing = written(tmp_path, filled(SHEET, keys))
    found = score_sheets(BANKS, [knowing])
    assert {share.share for share in found.shares} == {1.0}
    assert all(f"1 of 1  {item.id}" in found.as_text() for item in ITEMS.values())
    ticking = written(tmp_path, filled(SHEET, lambda item, letters: "".join(letters.values())))
    assert {share.found for share in score_sheets(BANKS, [ticking]).shares} == {0}


def test_several_sheets_count_together_and_chance_follows_the_number_of_options(tmp_path):
    sheets = [
        written(tmp_path, filled(SHEET, keys), "one.md"),
        written(tmp_path, filled(SHEET, lambda item, letters: "A"), "two.md"),
    ]
    found = score_sheets(BANKS, sheets)
    assert sum(share.items for share in found.shares) == 2 * len(ITEMS)
    for share in found.shares:
        assert 0.2 < share.chance < 0.4 if share.name.startswith("choice,") else share.chance < 0.1
    assert {guesses for _, _, guesses in found.found} == {2}


def test_part_of_a_set_is_not_the_key(tmp_path):
    def part(item, letters):
        return keys(item, letters)[:1] if isinstance(item, Choices) else keys(item, letters)

    found = score_sheets(BANKS, [written(tmp_path, filled(SHEET, part))])
    by_kind = {share.name.partition(",")[0]: share.share for share in found.shares}
    assert by_kind == {"choice": 1.0, "choices": 0.0}


BROKEN = {
    "no guess": (lambda text: text, "the guess isn't among"),
    "a letter too far": (
        lambda text: filled(text, lambda item, letters: "Z"),
        "the guess isn't among",
    ),
    "an option reworded": (
        lambda text: re.sub(r"(?m)^(- A\. ).*", r"\1Something else", filled(text, keys), count=1),
        "its options have changed",
    ),
    "an item that is gone": (
        lambda text: re.sub(r"(?m)^## \w{10}", "## 0123456789", filled(text, keys), count=1),
        "no longer in the bank",
    ),
    "nothing below the first lines": (lambda text: text.partition("\n## ")[0], "has no items"),
    "no first lines": (lambda text: text.replace("Sheet: abcd", ""), "has no line 'Sheet: ...'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_sheet_that_cannot_be_counted_is_named_with_the_fix(tmp_path, name):
    spoil, said = BROKEN[name]
    with pytest.raises(CourseError, match=re.escape(said)) as error:
        score_sheets(BANKS, [written(tmp_path, spoil(SHEET))])
    assert "sheet.md" in str(error.value) and "Fix: write" in str(error.value)


def test_a_sheet_is_written_once_and_counted_from_the_command_line(tmp_path):
    sheet = tmp_path / "sheet.md"
    assert "course quiz cover --score" in course("quiz", "cover", str(sheet)).stdout
    again = course("quiz", "cover", str(sheet), check=False)
    assert again.returncode and "already there" in again.stderr
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(text.replace("Guess:", "Guess: A"), encoding="utf-8")
    counted = course("quiz", "cover", "--score", str(sheet)).stdout
    assert re.search(r"choice, graded +\d+ of \d+, \d+%", counted)
    absent = course("quiz", "cover", "--score", str(tmp_path / "none.md"), check=False)
    assert absent.returncode and "there is no file" in absent.stderr
