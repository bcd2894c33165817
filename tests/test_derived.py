"""Arithmetic that can be repeated: percentages with their counts, computed intervals and rates, and
sums that have to agree.

A failure names table and row. Either the row was typed wrong, or the source itself does not add up;
then say so in the row and list it in KNOWN with the reason.
"""

import re

import pandas as pd
import pytest

from kratomcourse import models
from kratomcourse.evidence import load_facts, load_table

# Rows whose source prints a percentage that its own counts do not give.
KNOWN = {
    "ae-008": "three of 53 is 5.66 percent; the abstract cuts it off to 5.6",
    "sv-085": "104 of 136 is 76.5 percent; the abstract says nearly 77",
}


def decimals(number):
    return len(f"{number}".partition(".")[2].rstrip("0")) if float(number) % 1 else 0


def agrees(percent, count, total, digits=None):
    """Whether a printed percentage is what the counts give, within half a unit of its last
    digit.
    """
    digits = decimals(percent) if digits is None else digits
    return abs(100 * count / total - float(percent)) <= 0.5 * 10**-digits + 1e-9


def typed_percentages():
    """(where, percent, count, total) of every row of every table and fact in which all three
    stand.
    """
    tables = {
        "prevalence": ("percent", "cases_n", "sample_n", None),
        "surveys": ("value_pct", "numerator_n", "denominator_n", None),
        "adverse_effects": (
            "value",
            "numerator_n",
            "denominator_n",
            lambda row: row["unit"].startswith("percent"),
        ),
        "contamination": ("value", "n_positive", "n_tested", lambda row: row["unit"] == "percent"),
        "derived_proportions": ("percent", "k", "n", None),
    }
    for name, (percent, count, total, wanted) in tables.items():
        for _, row in load_table(name).iterrows():
            values = [row[percent], row[count], row[total]]
            if not pd.isna(values).any() and (wanted is None or wanted(row)):
                yield f"{name} {row['id']}", row["id"], *(float(value) for value in values)
    # Counts whose percentage stands at the head of the remark.
    for name in ("poison_center", "deaths"):
        for _, row in load_table(name).iterrows():
            printed = re.match(r"(\d+(?:\.\d+)?)%", str(row["limit"]))
            if printed and not pd.isna(row["denominator_n"]) and "percent" not in row["unit"]:
                yield (
                    f"{name} {row['id']}",
                    row["id"],
                    float(printed[1]),
                    float(row["value"]),
                    float(row["denominator_n"]),
                )
    # Facts in per cent that say "525 of 2,061" beside it.
    for fact in load_facts().values():
        if (
            fact.unit == "%"
            and fact.value
            and (
                counts := re.search(
                    r"(?<![\d.,])(\d[\d,]*) of (\d[\d,]*)", f"{fact.population} | {fact.note}"
                )
            )
        ):
            count, total = (float(number.replace(",", "")) for number in counts.groups())
            yield f"facts {fact.id}", fact.id, fact.number, count, total
    # Facts that count "152 of 27,338 deaths" and name the percentage in the remark.
    for fact in load_facts().values():
        if (total := re.match(r"of ([\d,]+) ", fact.unit)) and (
            printed := re.match(r"(\d+(?:\.\d+)?) percent$", fact.note)
        ):
            yield (
                f"facts {fact.id}",
                fact.id,
                float(printed[1]),
                fact.number,
                float(total[1].replace(",", "")),
            )


ROWS = list(typed_percentages())


def test_the_search_for_percentages_finds_what_is_there():
    """Guards the tests below against passing because they look at nothing."""
    found = {where.split()[0] for where, *_ in ROWS}
    assert found == {
        "prevalence",
        "surveys",
        "adverse_effects",
        "contamination",
        "derived_proportions",
        "poison_center",
        "deaths",
        "facts",
    }
    assert len(ROWS) > 90


@pytest.mark.parametrize(
    "where, row, percent, count, total", ROWS, ids=[where for where, *_ in ROWS]
)
def test_a_percentage_is_what_its_counts_give(where, row, percent, count, total):
    digits = 3 if where.startswith("derived") else None
    right = agrees(percent, count, total, digits)
    if row in KNOWN:
        assert not right, f"{where} adds up now; take it out of KNOWN"
        return
    assert right, (
        f"{where}: {count:g} of {total:g} is {100 * count / total:.3f} percent, the row says "
        f"{percent:g}"
    )


@pytest.mark.parametrize(
    "row", load_table("derived_proportions").to_dict("records"), ids=lambda row: row["id"]
)
def test_wilson_intervals_are_computed_anew(row):
    low, high = (100 * float(end) for end in models.wilson(float(row["k"]), float(row["n"])))
    assert (
        float(row["wilson95_low_percent"]),
        float(row["wilson95_high_percent"]),
    ) == pytest.approx((low, high), abs=0.0006), (
        f"derived_proportions {row['id']}: the interval should be {low:.3f} to {high:.3f}"
    )
    if float(row["k"]):
        assert float(row["one_in"]) == pytest.approx(float(row["n"]) / float(row["k"]), abs=0.06), (
            f"derived_proportions {row['id']}: one_in"
        )
    else:
        assert pd.isna(row["one_in"]), (
            f"derived_proportions {row['id']}: there is no one_in for none"
        )


@pytest.mark.parametrize(
    "row", load_table("derived_rate_sensitivity").to_dict("records"), ids=lambda row: row["id"]
)
def test_rates_are_computed_anew(row):
    facts = load_facts()
    assert float(row["deaths_per_year"]) == pytest.approx(facts["risk-078"].number / 3, abs=0.06), (
        f"derived_rate_sensitivity {row['id']}: deaths a year"
    )
    alone, named = facts["risk-056"].number, facts["risk-055"].number
    low, high = models.wilson(alone, named)
    shares = {
        "all deaths": 1,
        "upper CI": float(high),
        "7/91 (SUDORS": alone / named,
        "lower CI": float(low),
    }
    expected = next(share for words, share in shares.items() if words in row["scenario"])
    assert float(row["share_counted"]) == pytest.approx(expected, abs=0.0006), (
        f"derived_rate_sensitivity {row['id']}: share"
    )
    rate = float(
        models.rate(
            float(row["deaths_per_year"]) * float(row["share_counted"]), float(row["users_n"])
        )
    )
    assert float(row["deaths_per_100000_user_years"]) == pytest.approx(rate, abs=0.006), (
        f"derived_rate_sensitivity {row['id']}: should be {rate:.2f}"
    )
    denominators = {facts[key].number for key in ("risk-010", "risk-012", "risk-026")} | {5_000_000}
    assert float(row["users_n"]) in denominators, (
        f"derived_rate_sensitivity {row['id']}: no such count of people"
    )


# Sums that have to agree


def deaths():
    return load_table("deaths").set_index("id")


def test_the_salmonella_states_add_up_to_the_cases_and_states_of_the_notice():
    states = load_table("salmonella_by_state")
    assert states["cases_n"].sum() == load_facts()["risk-121"].number, (
        "salmonella_by_state: the cases do not add up to the final notice"
    )
    assert len(states) == states["state"].nunique() == 41, (
        "salmonella_by_state: the notice names 41 states"
    )


@pytest.mark.parametrize(
    "year, found, cause, present",
    [(2020, 32, 33, 34), (2021, 35, 36, 37), (2022, 38, 39, 40), (2023, 41, 42, 43)],
)
def test_florida_causes_and_bystanders_make_the_occurrences(year, found, cause, present):
    rows = deaths()["value"].astype(float)
    total = rows[f"de-0{cause}"] + rows[f"de-0{present}"]
    assert total == rows[f"de-0{found}"], (
        f"deaths de-0{found} ({year}): {total:g} is not the number of occurrences"
    )


def test_two_routes_to_the_same_551_people_in_florida():
    rows = deaths()["value"].astype(float)
    assert rows["de-032"] + rows["de-035"] == rows["de-026"] == load_facts()["risk-068"].number, (
        "deaths de-026: 2020 and 2021 do not make 551"
    )
    assert rows["de-028"] + rows["de-029"] == rows["de-026"], (
        "deaths de-028 and de-029: alone and with others do not make all"
    )


@pytest.mark.parametrize(
    "fact, row",
    [
        ("risk-072", "de-033"),
        ("risk-073", "de-036"),
        ("risk-074", "de-039"),
        ("risk-075", "de-042"),
        ("risk-054", "de-002"),
        ("risk-055", "de-003"),
        ("risk-056", "de-004"),
        ("risk-069", "de-028"),
        ("risk-070", "de-030"),
        ("risk-155", "de-027"),
        ("risk-159", "de-051"),
        ("risk-183", "de-063"),
        ("risk-184", "de-064"),
        ("risk-185", "de-065"),
        ("risk-195", "de-001"),
        ("risk-196", "de-025"),
    ],
)
def test_facts_and_death_records_say_the_same(fact, row):
    record, stated = deaths().loc[row], load_facts()[fact]
    assert float(record["value"]) == stated.number, f"{fact} and deaths {row} differ"
    if total := re.match(r"of ([\d,]+) ", stated.unit):
        assert float(total[1].replace(",", "")) == float(record["denominator_n"]), (
            f"{fact} and deaths {row} have other denominators"
        )


@pytest.mark.parametrize(
    "fact, row",
    [
        ("risk-148", "pc-001"),
        ("risk-028", "pc-002"),
        ("risk-149", "pc-008"),
        ("risk-039", "pc-009"),
        ("risk-151", "pc-048"),
        ("risk-047", "pc-049"),
        ("risk-150", "pc-050"),
        ("risk-152", "pc-052"),
        ("risk-048", "pc-053"),
        ("risk-187", "pc-051"),
        ("risk-181", "pc-077"),
        ("risk-177", "pc-038"),
        ("risk-178", "pc-029"),
        ("risk-179", "pc-033"),
        ("risk-180", "pc-036"),
        ("risk-041", "pc-034"),
        ("risk-042", "pc-037"),
        ("risk-043", "pc-039"),
    ],
)
def test_facts_and_poison_centre_counts_say_the_same(fact, row):
    record = load_table("poison_center").set_index("id").loc[row]
    assert float(record["value"]) == load_facts()[fact].number, (
        f"{fact} and poison_center {row} differ"
    )


def test_shares_of_one_whole_do_not_pass_it_unless_the_row_says_that_they_overlap():
    """Corkery's 23 percent alone and 87 percent with others exceed 100; both rows have to warn."""
    rows = deaths()
    assert float(rows.loc["de-020", "value"]) + float(rows.loc["de-021", "value"]) > 100
    assert "overlap" in rows.loc["de-021", "limit"] and "overlap" in load_facts()["risk-067"].note


def test_the_middle_of_every_series_of_levels_lies_within_its_range():
    table = load_table("mitragynine_concentrations")
    ranged = table[table["min_ng_per_ml"].notna() & table["max_ng_per_ml"].notna()]
    assert len(ranged) >= 4
    for row in ranged.to_dict("records"):
        for name in ("mean_ng_per_ml", "median_ng_per_ml"):
            value = row[name]
            assert pd.isna(value) or row["min_ng_per_ml"] <= value <= row["max_ng_per_ml"], (
                f"mitragynine_concentrations {row['id']}: {name}"
            )


@pytest.mark.parametrize(
    "row",
    load_table("prevalence").query("ci95_low_percent > 0").to_dict("records"),
    ids=lambda row: row["id"],
)
def test_a_prevalence_lies_in_its_interval(row):
    assert row["ci95_low_percent"] <= row["percent"] <= row["ci95_high_percent"], (
        f"prevalence {row['id']}"
    )
