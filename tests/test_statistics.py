"""Item statistics against models whose true values are known, and against other people's
programs.
"""

import cronbach
import numpy as np
import pandas as pd
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy import stats

from kratomcourse.grading.item_analysis.statistics import (
    alpha,
    correlation,
    facility,
    is_right_or_wrong,
    item_total,
    standard_error,
    thirds,
)

# Twelve items of the two-parameter logistic model: discrimination from weak to strong, difficulty
# from easy to hard.
DISCRIMINATION = np.array([0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0])
DIFFICULTY = np.array([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.2, 0.8, 0.4, -0.2, -0.6, -1.2])
REPLICATIONS = 400


def chance(ability):
    """(n, 12) chances of a right answer for abilities (n,)."""
    return 1 / (1 + np.exp(-DISCRIMINATION * (ability[:, None] - DIFFICULTY)))


def truth():
    """Facility (12,) and covariance (12, 12) of the right-or-wrong scores, by quadrature over a
    standard normal ability.
    """
    ability, weight = hermegauss(81)
    weight = weight / weight.sum()
    p = chance(ability)
    mean = weight @ p
    shared = (p - mean).T @ (weight[:, None] * (p - mean))
    return mean, shared - np.diag(np.diag(shared)) + np.diag(mean * (1 - mean))


def classes(students, replications=REPLICATIONS, seed=20261127):
    """Simulated classes, each (students, 12)."""
    draw = np.random.default_rng(seed)
    for _ in range(replications):
        p = chance(draw.standard_normal(students))
        yield (draw.random(p.shape) < p).astype(float)


def true_item_total(covariance):
    with_rest = covariance.sum(axis=1) - np.diag(covariance)
    rest = covariance.sum() - 2 * covariance.sum(axis=1) + np.diag(covariance)
    return with_rest / np.sqrt(np.diag(covariance) * rest)


def true_alpha(covariance):
    items = len(covariance)
    return items / (items - 1) * (1 - np.trace(covariance) / covariance.sum())


@pytest.mark.parametrize(("students", "least"), [(25, 0.93), (80, 0.93), (400, 0.93)])
def test_intervals_hold_the_truth_as_often_as_they_say(students, least):
    """Over all replications; the bounds allow for chance and for the small-sample slack that the
    docstrings admit.
    """
    mean, covariance = truth()
    rest, reliability = true_item_total(covariance), true_alpha(covariance)
    held = {"facility": [], "item-total": [], "alpha": []}
    for scores in classes(students):
        held["facility"] += [
            got.low <= true <= got.high for got, true in zip(map(facility, scores.T), mean)
        ]
        held["item-total"] += [
            got.low <= true <= got.high
            for got, true in zip(item_total(scores), rest)
            if not np.isnan(got.low)
        ]
        whole = alpha(scores)
        held["alpha"].append(whole.low <= reliability <= whole.high)
    rates = {name: float(np.mean(rows)) for name, rows in held.items()}
    assert all(least <= rate <= 0.985 for rate in rates.values()), rates


def test_a_large_class_shows_the_true_values():
    mean, covariance = truth()
    (scores,) = classes(40_000, 1)
    assert np.allclose([facility(column).value for column in scores.T], mean, atol=0.01)
    assert np.allclose(
        [got.value for got in item_total(scores)], true_item_total(covariance), atol=0.02
    )
    assert alpha(scores).value == pytest.approx(true_alpha(covariance), abs=0.01)


def test_alpha_of_tau_equivalent_items_is_their_reliability():
    """True score and error known: alpha is the share of the variance of the total that is the true
    score's, and Feldt's interval is exact.
    """
    students, items, sd_true, sd_error = 40, 10, 1.0, 2.0
    reliability = items * sd_true**2 / (items * sd_true**2 + sd_error**2)
    draw, held, got = np.random.default_rng(7), [], []
    for _ in range(1500):
        scores = draw.normal(0, sd_true, (students, 1)) + draw.normal(
            0, sd_error, (students, items)
        )
        whole = alpha(scores)
        held.append(whole.low <= reliability <= whole.high)
        got.append(standard_error(scores))
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)
    assert np.mean(got) == pytest.approx(sd_error * np.sqrt(items), rel=0.02), (
        "the standard error is that of the errors"
    )


@pytest.mark.parametrize("students", [5, 30, 300])
def test_other_programs_find_the_same(students):
    (scores,) = classes(students, 1, seed=students)
    value, interval = cronbach.alpha(data=pd.DataFrame(scores))
    assert alpha(scores).value == pytest.approx(value) and [
        alpha(scores).low,
        alpha(scores).high,
    ] == pytest.approx(list(interval), abs=6e-4)
    for column, got in zip(scores.T, item_total(scores)):
        wilson = stats.binomtest(int(column.sum()), students).proportion_ci(method="wilson")
        assert [facility(column).low, facility(column).high] == pytest.approx(
            [wilson.low, wilson.high]
        )
        if 0 < column.sum() < students and not np.isnan(got.value):
            assert got.value == pytest.approx(
                stats.pointbiserialr(column, scores.sum(axis=1) - column).statistic
            )


def test_alpha_has_the_published_interval():
    """The example in the manual of the R package statpsych: alpha 0.85 of 7 items and 89 people; it
    counts the degrees of freedom a little otherwise.
    """
    draw = np.random.default_rng(1)
    scores = scaled_to_alpha(draw.normal(0, 1, (89, 1)) + draw.normal(0, 1, (89, 7)), 0.85)
    got = alpha(scores)
    assert [got.value, got.low, got.high] == pytest.approx([0.85, 0.7971254, 0.8931436], abs=1e-4)


def scaled_to_alpha(scores, wanted):
    """Scores with errors stretched until alpha is as wanted."""
    person = scores.mean(axis=1, keepdims=True)
    low, high = 1e-3, 1e3
    for _ in range(200):
        middle = np.sqrt(low * high)
        low, high = (
            (middle, high)
            if alpha(person + middle * (scores - person)).value > wanted
            else (low, middle)
        )
    return person + middle * (scores - person)


def test_kr20_is_alpha_of_right_and_wrong():
    (scores,) = classes(60, 1)
    p, items = scores.mean(axis=0), scores.shape[1]
    kr20 = items / (items - 1) * (1 - (p * (1 - p)).sum() / scores.sum(axis=1).var())
    assert alpha(scores).value == pytest.approx(kr20)
    assert is_right_or_wrong(scores, np.ones(items)) and not is_right_or_wrong(
        scores / 2, np.ones(items)
    )
    assert not is_right_or_wrong(scores * [2] + 0, [1] * (items - 1) + [2])


def test_what_the_data_do_not_determine_is_unknown():
    same = np.ones((10, 3))
    assert (
        np.isnan(alpha(same).value)
        and np.isnan(standard_error(same))
        and all(np.isnan(got.value) for got in item_total(same))
    )
    assert np.isnan(facility([]).value) and np.isnan(correlation([1], [2]).value)
    few = correlation([0, 1, 1, 0], [1, 2, 3, 1])
    assert not np.isnan(few.value) and np.isnan(few.low)
    everybody = facility(np.ones(8))
    assert everybody.value == 1 and 0.6 < everybody.low < 0.7 and everybody.high == 1
    with pytest.raises(ValueError, match="divide points"):
        facility([2.0, 3.0])
    with pytest.raises(ValueError, match="missing"):
        alpha([[1, np.nan], [0, 1]])


def test_partial_credit_gets_no_narrower_interval_than_its_spread_asks_for():
    draw, held = np.random.default_rng(3), []
    for _ in range(800):
        got = facility(draw.choice([0, 0.5, 1], p=[0.2, 0.3, 0.5], size=40))
        held.append(got.low <= 0.65 <= got.high)
    assert np.mean(held) >= 0.95


def test_students_with_one_score_share_a_third():
    assert thirds([1, 2, 3]).tolist() == [0, 1, 2]
    assert thirds([5, 5, 5, 5]).tolist() == [1, 1, 1, 1]
    found = thirds([1, 1, 1, 2, 3, 3, 3, 3, 9])
    assert found.tolist() == [0, 0, 0, 1, 2, 2, 2, 2, 2]
    assert thirds([]).tolist() == []
