"""The teaching models: their arithmetic, their limits, and the numbers that the chapter prints from
them.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kratomcourse import models
from kratomcourse.evidence import load_facts, load_table

CHAPTER = Path(__file__).resolve().parents[1] / "notebooks" / "02-pharmacology"
positive = st.floats(1e-3, 1e4)


@pytest.fixture(scope="module")
def tea():
    """The published medians of one leaf tea: peak, its time, area, terminal half-life, and the dose
    that reached the model.
    """
    rows = load_table("model_parameters").set_index(["model", "parameter"])["value"].astype(float)
    observed = rows["PK check values"]
    return {
        "peak": observed["Cmax observed"],
        "peak_time": 1.0,
        "area": observed["AUCinf observed"],
        "half_life": observed["terminal half-life observed"],
    }


def parameters_of(name):
    rows = load_table("model_parameters")
    return (
        rows[rows["model"].str.contains(f"set {name}")]
        .set_index("parameter")["value"]
        .astype(float)
    )


# Receptors


def test_half_of_the_receptors_are_held_at_the_ki():
    assert models.occupancy([0, 16, 144], 16) == pytest.approx([0, 0.5, 0.9])


@given(positive, positive)
def test_occupancy_is_a_share_and_depends_only_on_the_ratio(concentration, ki):
    share = models.occupancy(concentration, ki)
    assert 0 < share < 1
    assert share == pytest.approx(models.occupancy(1000 * concentration, 1000 * ki))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: models.occupancy(-1, 10), "concentration must not be negative"),
        (lambda: models.occupancy(float("nan"), 10), "concentration must not be negative"),
        (lambda: models.occupancy(1, 0), "ki must be above 0"),
        (lambda: models.operational_response(1, 10, -0.1), "tau must not be negative"),
        (lambda: models.tau_for_maximum(41.3), "divide per cent by 100"),
        (lambda: models.tau_for_maximum(1), r"must lie in \[0, 1\)"),
        (lambda: models.combined_response([1, 2], [1], [1, 1]), "zip"),
        (lambda: models.nanomolar(12.81, 0), "molar_mass must be above 0"),
    ],
)
def test_receptor_models_refuse_what_has_no_meaning(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@given(st.floats(0.01, 0.99))
def test_tau_gives_back_the_emax_it_was_made_from(maximum):
    tau = models.tau_for_maximum(maximum)
    assert models.operational_response(1e12, 1, tau) == pytest.approx(maximum, rel=1e-6)


@given(positive, st.floats(0.01, 100))
def test_half_of_the_highest_response_needs_less_than_the_ki(ka, tau):
    half = models.operational_response(ka / (1 + tau), ka, tau)
    assert half == pytest.approx(tau / (1 + tau) / 2)


def test_one_drug_beside_nothing_responds_as_if_alone():
    alone = models.operational_response([1, 10, 100], 10, 3)
    beside = models.combined_response([np.array([1, 10, 100]), 0], [10, 5], [3, 0.5])
    assert beside == pytest.approx(alone)


def test_a_blocker_only_lowers_a_response():
    alone = models.combined_response([10], [10], [20])
    assert models.combined_response([10, 1000], [10, 10], [20, 0]) < alone / 3


def test_amplification_alone_makes_the_partial_agonist_of_one_assay_nearly_full_in_another():
    table = load_table("functional_activity")
    emax = lambda source, drug: float(
        table.query(
            "source_key == @source and compound == @drug and emax_percent > 0 and target == 'MOR'"
        )["emax_percent"].iloc[0]
    )
    weak = models.tau_for_maximum(emax("kruegel2016synthetic", "7-hydroxymitragynine") / 100)
    strong = models.tau_for_maximum(emax("todd2020composition", "7-hydroxymitragynine") / 100)
    assert strong / weak == pytest.approx(6.9, abs=0.05)
    mitragynine = (
        models.tau_for_maximum(emax("kruegel2016synthetic", "mitragynine") / 100) * strong / weak
    )
    assert mitragynine / (1 + mitragynine) == pytest.approx(0.78, abs=0.005)


def test_nanograms_become_nanomoles():
    assert models.nanomolar(41.45, 414.5) == pytest.approx(100)


# One compartment


def test_one_compartment_has_the_area_that_its_clearance_says():
    time = np.linspace(0, 400, 400_001)
    curve = models.one_compartment(time, dose=1000, clearance=20, volume=300, ka=1.5)
    assert np.trapezoid(curve, time) == pytest.approx(1000 / 20, rel=1e-4)


def test_uptake_as_fast_as_elimination_is_no_hole_in_the_formula():
    near = models.one_compartment([0.5, 2.0], 1000, 20, 100, ka=0.2 + 1e-7)
    assert models.one_compartment([0.5, 2.0], 1000, 20, 100, ka=0.2) == pytest.approx(
        near, rel=1e-5
    )


def test_nothing_is_in_the_blood_before_the_dose():
    assert models.one_compartment([-1, 0], 1000, 20, 100, 1).tolist() == [0, 0]


@pytest.mark.parametrize("name", ["A", "B"])
def test_published_uptake_rates_follow_from_the_peak_time(name):
    rows = parameters_of(name)
    assert models.absorption_rate(1.0, rows["CL/F"] / rows["V/F"]) == pytest.approx(
        rows["ka"], rel=0.005
    )


def test_no_uptake_rate_is_invented_for_a_peak_that_elimination_forbids():
    with pytest.raises(ValueError, match="between 0 and 1"):
        models.absorption_rate(5, 0.5)


def test_one_compartment_meets_either_the_peak_or_the_half_life(tea):
    """The failure that the chapter teaches: no volume and uptake rate meet both."""
    clearance = parameters_of("A")["CL/F"]
    time = np.linspace(0, 48, 2401)
    for volume in np.geomspace(100, 30_000, 30):
        half_life = math.log(2) * volume / clearance
        peak = max(
            models.one_compartment(time, clearance * tea["area"], clearance, volume, ka).max()
            for ka in (0.2, 1, 5, 1000)
        )
        assert peak < 0.2 * tea["peak"] or half_life < 0.5 * tea["half_life"]


# Two compartments


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.48])
def test_two_compartments_meet_peak_time_area_and_half_life_at_once(tea, share):
    curve = models.two_compartments_through(**tea, tail_share=share)
    time = np.linspace(0, 1500, 300_001)
    values = curve(time)
    assert values.max() == pytest.approx(tea["peak"], rel=1e-5)
    assert time[values.argmax()] == pytest.approx(tea["peak_time"], abs=0.006)
    assert np.trapezoid(values, time) == pytest.approx(tea["area"], rel=1e-4)
    assert math.log(2) * 10 / math.log(curve(200.0) / curve(210.0)) == pytest.approx(
        tea["half_life"], rel=1e-4
    )


def test_the_weighted_sum_is_the_same_as_two_vessels_stirred_step_by_step(tea):
    """The closed form against the differential equations of two vessels with elimination from the
    first.
    """
    dose = 97_860.0
    curve = models.two_compartments_through(**tea, tail_share=0.3)
    v = curve.vessels(dose)
    step, gut, first, second = 0.0005, dose, 0.0, 0.0
    for _ in range(int(24 / step)):
        into, out = curve.ka * gut, v["clearance"] * first / v["central"]
        across = v["flow"] * (first / v["central"] - second / v["second"])
        gut, first, second = (
            gut - step * into,
            first + step * (into - out - across),
            second + step * across,
        )
    assert first / v["central"] == pytest.approx(float(curve(24.0)), rel=2e-3)
    assert all(value > 0 for value in v.values())


@given(
    peak=st.floats(20, 150),
    peak_time=st.floats(0.5, 2),
    half_life=st.floats(20, 70),
    part=st.floats(0.05, 0.95),
)
@settings(max_examples=25)
def test_every_curve_that_is_offered_passes_through_what_was_asked(
    peak, peak_time, half_life, part
):
    area = peak * peak_time * 6
    share = part * models.largest_tail_share(peak, peak_time, area, half_life)
    curve = models.two_compartments_through(peak, peak_time, area, half_life, share)
    assert float(curve(peak_time)) == pytest.approx(peak, rel=1e-6)
    assert float(curve(peak_time * 0.98)) < peak and float(curve(peak_time * 1.02)) < peak
    assert curve.half_life == pytest.approx(half_life)


def test_a_tail_that_leaves_too_little_for_the_peak_is_refused_with_the_peak_that_is_possible(tea):
    largest = models.largest_tail_share(**tea)
    assert models.two_compartments_through(**tea, tail_share=largest - 1e-4)
    with pytest.raises(ValueError, match=r"the peak cannot exceed .* take a smaller share"):
        models.two_compartments_through(**tea, tail_share=largest + 1e-3)


def test_a_peak_that_needs_no_fast_phase_is_refused(tea):
    with pytest.raises(ValueError, match="no fast phase"):
        models.two_compartments_through(**tea | {"peak": 3.0}, tail_share=0.2)


# Repetition


def test_repeated_exposure_is_the_sum_of_single_ones(tea):
    curve = models.two_compartments_through(**tea, tail_share=0.3)
    time = np.array([10.0, 30.0, 80.0])
    expected = curve(time) + curve(time - 24) + curve(time - 48)
    assert models.repeated(curve, time, interval=24, doses=3) == pytest.approx(expected)
    with pytest.raises(ValueError, match="at least 1"):
        models.repeated(curve, time, 24, 0)


def test_the_floor_grows_by_the_accumulation_of_the_slow_phase(tea):
    curve = models.two_compartments_through(**tea, tail_share=0.3)
    floor = [float(models.repeated(curve, 24.0 * n, 24, n)) for n in (1, 60)]
    assert floor[1] / floor[0] == pytest.approx(models.accumulation(24, tea["half_life"]), rel=0.02)


def test_steady_state_takes_about_a_week_with_the_published_half_life_and_a_day_with_three_hours(
    tea,
):
    steady_low, steady_high = load_facts()["ph118"].bounds
    at = lambda days, half_life: float(models.share_of_steady_state(24 * days, half_life))
    assert (
        at(3, tea["half_life"])
        < 0.7
        < 0.9
        < at(steady_low, tea["half_life"])
        < at(steady_high, tea["half_life"])
        < 0.99
    )
    assert at(1, 3) > 0.99


# Interactions


@given(st.floats(0.01, 1), st.floats(0.05, 1))
def test_needed_activity_undoes_the_ratio(activity, share):
    assert models.activity_needed(models.auc_ratio(activity, share), share) == pytest.approx(
        activity, rel=1e-6
    )


def test_an_enzyme_can_not_raise_exposure_beyond_its_share():
    assert models.auc_ratio(1e-12, 0.5) == pytest.approx(2)
    with pytest.raises(ValueError, match="cannot come from this enzyme alone"):
        models.activity_needed(load_facts()["ph134"].number, 0.5)


def test_a_competing_blocker_at_its_ki_leaves_half():
    assert models.activity_left(1.17, 1.17) == pytest.approx(0.5)


def test_a_destroying_blocker_leaves_less_the_slower_the_enzyme_is_renewed():
    left = models.activity_left_time_dependent(0.08, 4.1, 4.08, np.log(2) / np.array([24, 48, 96]))
    assert np.all(np.diff(left) < 0) and np.all((left > 0) & (left < 1))
    assert models.activity_left_time_dependent(0, 4.1, 4.08, 0.03) == 1


def test_blocking_one_enzyme_can_lower_or_raise_a_metabolite_that_it_makes_and_clears():
    metabolite = lambda left, through, out: (
        left * models.auc_ratio(left, through) * models.auc_ratio(left, out)
    )
    assert metabolite(0.2, 0.3, 0.1) < 0.5 < 1.5 < metabolite(0.2, 0.9, 0.7)


# The chapter


def chapter_cells():
    return {
        cell["id"]: "".join(cell["source"])
        for path in sorted(CHAPTER.glob("[0-9]*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    }


def worked_numbers():
    """(cell, number as the solution prints it), computed anew from facts, tables and models."""
    facts, occ = load_facts(), models.occupancy
    peak = facts["ph109"].number
    percent = lambda share: f"{float(share):.0%}"
    for total in (peak, 5000):
        for unbound in (0.10, 0.05):
            yield "binding-try-solution", f"{float(occ(total * unbound, 238)):.1%}"
    for printed in (8.0, 6.7, 6.8):
        yield "pki-try-solution", f"{10 ** (9 - printed):.0f}"
    for amplification, first, second in ((1, 10, 1000), (30, 10, 1000), (30, 0.01, 1000)):
        taus = [20 * amplification, 0.5 * amplification]
        yield "mix-try-solution", percent(models.combined_response([first], [10], taus[:1]))
        yield "mix-try-solution", percent(models.combined_response([first, second], [10, 10], taus))
    for through, out in ((0.3, 0.1), (0.9, 0.7)):
        yield (
            "taps-try-solution",
            f"{float(0.2 * models.auc_ratio(0.2, through) * models.auc_ratio(0.2, out)) - 1:+.0%}",
        )
    clearance = parameters_of("A")["CL/F"]
    observed = (
        load_table("model_parameters")
        .query("model == 'PK check values'")
        .set_index("parameter")["value"]
        .astype(float)
    )
    area, half_life = observed["AUCinf observed"], observed["terminal half-life observed"]
    volume = clearance * half_life / math.log(2)
    yield "rescue-try-solution", f"{round(volume, -2):.0f}"
    yield "rescue-try-solution", f"{clearance * area / volume:.1f}"
    yield "rescue-try-solution", f"{clearance * area / volume / peak:.2f}"
    for hours in (half_life, facts["ph117"].bounds[1]):
        yield (
            "impossible-try-solution",
            f"{float(models.two_compartments_through(peak, 1, area, hours, 0.2)(24.0)):.2f}",
        )
    for ratio, share in (
        (facts["ph131"].number, 1),
        (facts["ph134"].number, 1),
        (facts["ph131"].number, 0.5),
    ):
        yield "turn-try-solution", percent(models.activity_needed(ratio, share))
    unbound = 1 - facts["ph128"].number / 100
    for level in (peak / 1000, unbound * peak / 1000):
        for constant in (facts["ph136"].number, facts["ph177"].number):
            yield (
                "calm-try-solution",
                f"{float(models.auc_ratio(models.activity_left(level, constant))):.2f}",
            )
    for tau in (0.05, 20):
        yield "bias-try-solution", percent(tau / (1 + tau))


@pytest.mark.parametrize("cell, number", list(worked_numbers()))
def test_numbers_in_worked_solutions_follow_from_facts_and_models(cell, number):
    assert f"`{number}`" in chapter_cells()[cell], f"{cell} should print {number}"


def test_numbers_that_exercises_start_from_are_those_of_the_fact_base():
    """Try-it cells hold plain numbers so that a reader can change them; they start from the
    evidence.
    """
    facts, cells = load_facts(), chapter_cells()
    todd = load_table("receptor_affinity").query(
        "source_key == 'todd2020composition' and compound == 'mitragynine' and receptor == 'MOR'"
    )
    assert (
        f'= facts["ph109"].number, 0.10, {float(todd["ki_nM"].iloc[0]):g}\n'
        in cells["binding-try-code"]
    )
    assert f"`{facts['ph117'].bounds[1]:g}`" in cells["rescue-try-solution"]
