"""Counting people: shares with intervals, rates, icon arrays, and the numbers that the chapter
prints from them.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kratomcourse import models
from kratomcourse.charts import LIGHT, draw_icons, show
from kratomcourse.evidence import load_facts, load_table

CHAPTER = Path(__file__).resolve().parents[1] / "notebooks" / "04-risk"
count_and_total = st.integers(1, 5000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


# Shares


@given(count_and_total)
def test_an_interval_holds_its_share_and_stays_between_none_and_all(pair):
    count, total = pair
    low, high = models.wilson(count, total)
    assert 0 <= low <= count / total + 1e-12 and count / total - 1e-12 <= high <= 1
    assert high - low > 0


@given(count_and_total)
def test_counting_those_without_the_event_mirrors_the_interval(pair):
    count, total = pair
    low, high = models.wilson(count, total)
    mirrored_low, mirrored_high = models.wilson(total - count, total)
    assert (1 - high, 1 - low) == pytest.approx((mirrored_low, mirrored_high), abs=1e-12)


def test_the_ends_are_the_shares_that_a_test_would_just_not_reject():
    """Wilson's definition, solved anew: at each end the count lies exactly z standard errors
    away.
    """
    for count, total in ((7, 91), (36, 551), (1, 8)):
        for end in models.wilson(count, total):
            assert abs(count / total - end) == pytest.approx(
                1.959964 * math.sqrt(end * (1 - end) / total), rel=1e-9
            )


def test_wilson_keeps_its_promise_for_rare_events_where_the_textbook_interval_does_not():
    """Exact coverage of the true share, summed over every count that could have been seen."""
    total, share = 40, 0.04
    chance = [math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(total + 1)]
    counts = np.arange(total + 1)
    low, high = models.wilson(counts, total)
    wald = 1.959964 * np.sqrt(counts / total * (1 - counts / total) / total)
    covered = lambda lows, highs: sum(
        p for p, a, b in zip(chance, lows, highs, strict=True) if a <= share <= b
    )
    assert covered(low, high) > 0.92
    assert covered(counts / total - wald, counts / total + wald) < 0.85


def test_four_times_the_people_halve_the_interval():
    narrow, wide = (
        high - low for low, high in (models.wilson(400, 4000), models.wilson(100, 1000))
    )
    assert narrow / wide == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: models.wilson(9, 8), "above total"),
        (lambda: models.wilson(-1, 8), "count must not be negative"),
        (lambda: models.wilson(0, 0), "total must be above 0"),
        (lambda: models.wilson(float("nan"), 8), "count must not be negative"),
        (lambda: models.most_after_none(40, confidence=95), "between 0 and 1"),
        (lambda: models.most_after_none(0), "total must be above 0"),
        (lambda: models.rate(4, 0), "people must be above 0"),
        (lambda: models.rate(-4, 10), "events must not be negative"),
        (lambda: models.whole_people(59.9, 100), "divide per cent by 100"),
        (lambda: models.standard_error_from_interval(7, 4.1), "above high"),
        (lambda: models.standard_error_from_interval(-1, 4.1), "low must be above 0"),
    ],
)
def test_counts_without_meaning_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# None seen


@given(st.integers(1, 100_000), st.floats(0.5, 0.999))
def test_the_largest_share_after_none_would_have_given_none_that_often(total, confidence):
    share = float(models.most_after_none(total, confidence))
    assert total * math.log1p(-share) == pytest.approx(math.log(1 - confidence), rel=1e-6)


def test_the_rule_of_three_is_close_and_always_a_little_above():
    totals = np.array([8, 30, 40, 52, 300, 3000])
    exact = models.most_after_none(totals)
    assert np.all(3 / totals > exact) and np.all(3 / totals < exact * 1.21)
    assert 3 / 300 == pytest.approx(float(models.most_after_none(300)), rel=0.01)


# Rates


@given(st.floats(0, 1e6), st.floats(1, 1e9), st.floats(0.1, 100))
def test_a_rate_shrinks_as_its_denominator_grows(events, people, factor):
    assert models.rate(events, people * factor) == pytest.approx(
        models.rate(events, people) / factor
    )


def test_the_same_deaths_make_both_rates_of_the_chapter():
    facts = load_facts()
    yearly = facts["risk-078"].number / 3
    low, high = models.wilson(facts["risk-056"].number, facts["risk-055"].number)
    assert float(models.rate(yearly, facts["risk-010"].number)) == pytest.approx(80, abs=0.5)
    assert float(models.rate(yearly * low, facts["risk-026"].number)) == pytest.approx(
        0.3, abs=0.06
    )


# Ratios


@given(st.floats(0.05, 20), st.floats(0.01, 2))
def test_the_standard_error_is_taken_back_from_the_interval_that_it_made(ratio, error):
    low, high = ratio * np.exp(-1.959964 * error), ratio * np.exp(1.959964 * error)
    assert models.standard_error_from_interval(low, high) == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize(
    "fact", ["risk-004", "risk-034", "risk-035", "risk-052", "risk-103", "risk-109", "risk-156"]
)
def test_published_odds_ratios_lie_in_the_middle_of_their_intervals_on_a_log_scale(fact):
    """A check on typing: value and both ends have to fit together, within the rounding of the
    source.
    """
    row = load_facts()[fact]
    low, high = row.bounds
    assert row.number == pytest.approx(math.sqrt(low * high), rel=0.012), (
        f"{fact}: look value and interval up in the source"
    )


# Icon arrays


def test_whole_people_are_rounded_and_never_lost():
    facts = load_facts()
    assert models.whole_people(facts["risk-054"].number / 27338, 1000) == 6
    assert (
        models.whole_people(0.5, 1) == 1
        and models.whole_people(0, 1000) == 0
        and models.whole_people(1, 1000) == 1000
    )


def drawn(groups, **options):
    """Offsets of the dots of an icon array, one array a group."""
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    draw_icons(ax, LIGHT, groups, **options)
    return [collection.get_offsets() for collection in ax.collections], ax


def test_an_icon_array_draws_every_person_once():
    offsets, ax = drawn([(6, "red", True), (3, "blue", False)], total=1000, per_row=40)
    assert [len(places) for places in offsets] == [6, 3, 991]
    assert len({tuple(place) for places in offsets for place in places}) == 1000
    assert [tuple(place) for place in offsets[0]] == [(column, 0) for column in range(6)]
    low, high = ax.get_ylim()
    assert low == pytest.approx(-24.7) and high == pytest.approx(0.7)


def test_an_icon_array_may_be_full_or_empty():
    assert [len(places) for places in drawn([(0, "red", True)], total=20)[0]] == [20]
    assert [len(places) for places in drawn([(20, "red", True)], total=20)[0]] == [20]


@pytest.mark.parametrize(
    "groups",
    [
        [(101, "red", True)],
        [(60, "red", True), (41, "blue", True)],
        [(0.5, "red", True)],
        [(-1, "red", True)],
    ],
)
def test_people_who_do_not_fit_are_refused(groups):
    with pytest.raises(ValueError, match="whole counts that add up"):
        drawn(groups)


def test_a_thousand_dots_stay_a_small_picture():
    import pandas as pd

    figure = show(
        lambda ax, look: draw_icons(ax, look, [(6, look.ink, True)], total=1000, per_row=40),
        name="dots",
        title="A thousand dots",
        subtitle="Each dot is one person.",
        sources=["Invented for this course."],
        alt="A thousand dots, of which six are filled and all others are rings.",
        limits="It shows nothing but dots.",
        data=pd.DataFrame({"dots": [1000]}),
    )
    assert all(len(picture) < 250_000 for picture in figure.pictures.values())
    assert "stroke-dasharray" in figure.pictures["wide"]


# The chapter


def chapter_cells():
    return {
        cell["id"]: "".join(cell["source"])
        for path in sorted(CHAPTER.glob("[0-9]*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    }


def worked_numbers():
    """(cell, number as the solution prints it), computed anew from facts, tables and models."""
    facts = load_facts()
    percent = lambda share, digits=0: f"{float(share):.{digits}%}"
    interval = lambda k, n, digits=1: tuple(percent(end, digits) for end in models.wilson(k, n))

    covvey = load_table("prevalence").query("source_key == 'covvey2020prevalence'").iloc[0]
    for end in interval(covvey["cases_n"], covvey["sample_n"]):
        yield "people-try-solution", end
    yield "people-try-solution", percent(facts["risk-013"].number / 100, 1)

    for calls, people in ((100, 1_000_000), (200, 2_000_000), (200, 1_000_000)):
        yield "calls-try-solution", f"{float(models.rate(calls, people)):.0f}"

    for key in ("risk-056", "risk-069", "risk-159"):
        total = int(facts[key].unit.split()[1])
        if key == "risk-056":
            total = int(facts["risk-055"].number)
        for end in interval(facts[key].number, total):
            yield "deaths-try-solution", end

    for confidence in (0.95, 0.99):
        for total in (30, 300):
            yield "none-try-solution", percent(models.most_after_none(total, confidence), 1)

    yearly = facts["risk-078"].number / 3
    named_alone = facts["risk-056"].number / facts["risk-055"].number
    yield "machine-try-solution", f"{float(models.rate(yearly, facts['risk-010'].number)):.1f}"
    yield (
        "machine-try-solution",
        f"{float(models.rate(yearly * named_alone, facts['risk-010'].number)):.1f}",
    )
    yield (
        "machine-try-solution",
        f"{float(models.rate(yearly * named_alone, facts['risk-026'].number)):.1f}",
    )

    for other in (0.2, 1.0, 1 / facts["risk-071"].number):
        yield "collider-try-solution", f"{1 / other:.1f}"
    yield "testing-try-solution", f"{0.6 / 0.15:.1f}"

    for key in ("risk-034", "risk-103"):
        yield (
            "width-try-solution",
            f"{float(models.standard_error_from_interval(*facts[key].bounds)):.2f}",
        )


@pytest.mark.parametrize("cell, number", list(worked_numbers()))
def test_numbers_in_worked_solutions_follow_from_facts_and_models(cell, number):
    assert f"`{number}`" in chapter_cells()[cell], f"{cell} should print {number}"
