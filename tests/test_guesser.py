"""Nobody finds a key from its looks: the guesser and the cue checks, and the gate on the banks."""

import csv
import random
from dataclasses import replace

import pytest
from conftest import ROOT

from kratomcourse.checks import bank_report
from kratomcourse.checks.bank_report import check_bank, cue_errors, guesser_errors
from kratomcourse.checks.cues import CUES, SeenItem, balances, cue_results, mid_ranks
from kratomcourse.checks.exemptions import check_exemptions, exemptions
from kratomcourse.checks.guesser import LIMIT, Share, guess
from kratomcourse.quiz import load_banks

WORDS = [
    f"{first}{second}" for first in "bdfghklmnprst" for second in ("alen", "irod", "usket", "omar")
]


def made_up(count=160, chapters=8, cue=None, seed=1):
    """Choice items of random words with a random key; `cue` gives each key away.

    cue : function of (text, whether it is the key) that changes an option
    """
    python = random.Random(seed)
    items = []
    for number in range(count):
        texts = [" ".join(python.sample(WORDS, python.randint(5, 12))) for _ in range(4)]
        key = python.randrange(4)
        if cue:
            texts = [cue(text, place == key) for place, text in enumerate(texts)]
        stem = " ".join(python.sample(WORDS, 10))
        items.append(SeenItem(f"made.{number}", f"0{number % chapters}", stem, tuple(texts), key))
    return items


def test_the_guesser_finds_no_more_than_chance_where_there_is_nothing_to_find():
    found = guess(made_up(400), repeats=1)
    for share in found.bank.values():
        assert share.interval[0] < 0.25 < share.interval[1] and share.chance == 0.25
    assert found.is_clean and not guesser_errors(found)


GIVEAWAYS = {
    "a word": lambda text, key: f"{text} modest" if key else text,
    "a semicolon": lambda text, key: text.replace(" ", "; ", 1) if key else text,
    "the length": lambda text, key: text if key else f"{text} {text}",
    "a hedge": lambda text, key: f"perhaps {text}" if key else f"always {text}",
}


@pytest.mark.parametrize("cue", GIVEAWAYS.values(), ids=GIVEAWAYS)
def test_the_guesser_finds_a_bank_that_gives_its_keys_away_and_names_the_items(cue):
    found = guess(made_up(cue=cue), repeats=2)
    assert max(share.share for share in found.bank.values()) > 0.9 and not found.is_clean
    assert len(found.given_away) > 100 and found.given_away[0][1] > 0.6
    errors = guesser_errors(found)
    assert errors and "give away" in errors[0].message and "made." in errors[0].hint


def test_a_model_never_learns_on_the_chapter_it_is_tried_on():
    """A cue of one chapter alone helps nobody who has read the others."""
    items = made_up(cue=lambda text, key: f"{text} modest" if key else text)
    plain = {item.id: item for item in made_up()}
    mixed = [item if item.chapter == "03" else plain[item.id] for item in items]
    shares = guess(mixed, repeats=0).chapters["03"]
    assert shares["words"].share < 0.6


def test_equal_options_share_the_point_and_order_decides_nothing():
    same = [replace(item, options=("one and the same",) * 4, key=0) for item in made_up(80)]
    assert all(share.share == 0.25 for share in guess(same, repeats=0).bank.values())


@pytest.mark.parametrize("items, limit", [(228, LIMIT), (40, 0.384)])
def test_few_items_get_the_room_that_chance_needs(items, limit):
    assert Share("bank", 0, items, 0.25).limit == pytest.approx(limit, abs=0.001)


SINGLE = {
    "semicolon": GIVEAWAYS["a semicolon"],
    "length rank (0 longest)": GIVEAWAYS["the length"],
    "hedge": GIVEAWAYS["a hedge"],
    "absolute": GIVEAWAYS["a hedge"],
    "connective": lambda text, key: text if key else f"{text} because so",
    "negation": lambda text, key: f"not {text}" if key else text,
    "several sentences": lambda text, key: text.replace(" ", ". ", 1) if key else text,
    "digits": lambda text, key: f"{text} 20" if key else text,
    "quotation": lambda text, key: f'"{text}"' if key else text,
    "shared opening": lambda text, key: text if key else f"kratom {text}",
}


@pytest.mark.parametrize("name", SINGLE)
def test_each_single_cue_is_found_in_a_bank_that_has_it(name):
    results = {cue.name: cue for cue in cue_results(made_up(cue=SINGLE[name]))}
    assert not results[name].is_balanced
    assert any(f"'{name}'" in error.message for error in cue_errors(made_up(cue=SINGLE[name])))


def test_a_word_of_the_stem_in_the_key_alone_is_found():
    items = [
        replace(
            item,
            options=tuple(
                f"{text} {item.stem.split()[0]}" if place == item.key else text
                for place, text in enumerate(item.options)
            ),
        )
        for item in made_up()
    ]
    assert not {cue.name: cue for cue in cue_results(items)}["overlap with stem"].is_balanced


def test_a_fair_bank_passes_every_single_cue():
    """Of twenty fair banks about one may fail by chance, since all cues together have 95%."""
    failed = [
        seed
        for seed in range(20)
        if any(not cue.is_balanced for cue in cue_results(made_up(seed=seed)))
    ]
    assert len(failed) <= 4 and len(CUES) >= 15


def test_a_rule_that_is_followed_in_one_direction_fails_the_balance():
    """The key is never the longest: what an older test of this course asked for."""
    items = made_up(240)
    never_longest = [
        replace(item, key=max(range(4), key=lambda n: (n != item.key, -len(item.options[n]))))
        for item in items
    ]
    fair = {(one.what, one.options): one for one in balances(items)}
    skewed = {(one.what, one.options): one for one in balances(never_longest)}
    assert fair["length rank", 4].is_balanced and not skewed["length rank", 4].is_balanced
    first = [
        replace(
            item,
            options=(
                item.options[item.key],
                *item.options[: item.key],
                *item.options[item.key + 1 :],
            ),
            key=0,
        )
        for item in items
    ]
    assert {one.what: one.is_balanced for one in balances(first)} == {
        "length rank": True,
        "place in the file": False,
    }


def test_equal_values_share_their_rank():
    assert mid_ranks([5, 5, 5]) == [0.5, 0.5, 0.5] and mid_ranks([9, 1, 5, 5]) == [0, 1, 0.5, 0.5]


# The banks of the course


@pytest.fixture(scope="module")
def report():
    return check_bank(ROOT)


def test_the_banks_give_no_more_keys_away_than_the_limit(report):
    """Judges the chapters that are not on the list of those still to be cleared."""
    assert report.is_clean, "\n".join(map(str, report.errors))


def test_every_chapter_is_measured_whether_it_is_judged_or_not(report):
    assert set(report.guesses.chapters) == set(load_banks())
    text = report.as_text()
    assert all(chapter in text for chapter in load_banks()) and "95% interval" in text
    assert text.count("not judged") >= len(report.waiting)
    assert set(report.as_dict()["chapters"]) == set(load_banks())


def test_chapters_to_be_cleared_are_real_and_say_why():
    assert check_exemptions(ROOT, load_banks()) == []


def test_a_chapter_on_the_list_is_reported_and_one_off_the_list_is_judged(monkeypatch):
    banks = load_banks()
    bad = made_up(cue=GIVEAWAYS["a semicolon"])
    monkeypatch.setattr(bank_report, "questions", lambda _: bad)
    everything = bank_report.judge(banks.values(), set())
    assert len(everything.errors) >= 3
    waiting = bank_report.judge(banks.values(), {item.chapter for item in bad})
    assert not waiting.errors and "measured but not judged" in waiting.warnings[0].message


@pytest.mark.parametrize(
    "row, message",
    [
        (["09-none", "options", "later"], "there is no chapter '09-none'"),
        (
            ["04-risk", "optoins", "later"],
            "there is no check 'optoins'. Fix: did you mean 'options'?",
        ),
        (["04-risk", "options", " "], "the row gives no reason"),
    ],
)
def test_a_wrong_row_of_the_list_is_named(tmp_path, row, message):
    (tmp_path / "quizzes" / "bank").mkdir(parents=True)
    with (tmp_path / "quizzes" / "bank" / "not_cleared.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["chapter", "check", "reason"], row])
    assert len(exemptions(tmp_path)) == 1
    [found] = check_exemptions(tmp_path, ["04-risk"])
    assert message in str(found) and "not_cleared.csv:2:" in str(found)
