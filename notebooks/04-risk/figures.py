"""The figures of chapter 4: each function takes the rows that it draws and returns the figure."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kratomcourse import models
from kratomcourse.charts import (
    INVENTED,
    MODEL,
    Axis,
    Explorer,
    Figure,
    Look,
    Picture,
    RadioButtons,
    Slider,
    draw_icons,
    draw_interval,
    explore,
    log_ticks,
    name_rows,
    show,
    works_of,
)
from kratomcourse.charts.maps import PLACE, Status, draw_tiles
from kratomcourse.evidence import load_facts

Style = dict[str, Any]  # how a text, a bar or a line looks
NOTE: Style = {"va": "center"}


def one_line(text: str) -> str:
    """Return a label of several lines as one line."""
    return text.replace("\n", " ")


def sentence(label: str) -> str:
    """Return a figure label as the beginning of a sentence."""
    return label[0].upper() + one_line(label[1:])


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a table one by one, with the columns as attributes."""
    return iter(table.itertuples())


def with_intervals(table: pd.DataFrame, part: str, whole: str) -> pd.DataFrame:
    """Return the table with the share of part in whole and its 95% Wilson interval, per cent."""
    low, high = models.wilson(table[part], table[whole])
    percent = 100 * table[part] / table[whole]
    return table.assign(percent=percent, low=100 * low, high=100 * high)


# 4.1 How many people use kratom?

PAST_YEAR = {
    "pv-003": "household survey:\nages 12 to 17",
    "pv-001": "household survey:\nage 12 and over",
    "pv-008": "panel, weighted:\nadults",
    "pv-010": "panel, weighted: adults,\nstates without a policy",
    "pv-015": "crowdsourced:\nadults who clicked",
    "pv-018": "clinic: clients of one\ntreatment programme",
    "pv-005": "household survey: prescription\nopioid use disorder",
}


def past_year_use(surveys: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of people who used kratom in the past year, with 95% intervals.

    Two sources print no interval; Wilson's is computed for them from the printed share.

    surveys : the table prevalence, by id; per cent
    """
    columns = ["year", "percent", "ci95_low_percent", "ci95_high_percent", "sample_n"]
    chosen = surveys.loc[list(PAST_YEAR), columns].copy()
    chosen.insert(0, "who", [one_line(label) for label in PAST_YEAR.values()])
    for row in rows_of(chosen[chosen["ci95_low_percent"].isna()]):
        asked, share = int(row.sample_n), row.percent / 100
        ends = models.wilson(models.whole_people(share, asked), asked)
        for column, end in zip(columns[2:4], ends, strict=True):
            chosen.loc[row.Index, column] = round(100 * float(end), 1)
    return chosen


def draw_prevalence(past_year: pd.DataFrame) -> Figure:
    """Draw the share of people who used kratom in the past year, by survey and group.

    past_year : columns who, year, percent, ci95_low_percent, ci95_high_percent; one row a group
    """
    labels = [PAST_YEAR[str(key)] for key in past_year.index]
    clicked = next(row.percent for row in rows_of(past_year) if row.Index == "pv-015")

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows_of(past_year)):
            low, high = row.ci95_low_percent, row.ci95_high_percent
            draw_interval(ax, y, low, high, row.percent, look.mixed)
            ax.text(high * 1.12, y, f"{row.percent:g}%", color=look.ink, **NOTE)
        name_rows(ax, labels)
        log_ticks(ax, 0.15, 60, [0.2, 1, 5, 20])
        if not look.narrow:
            ax.axhline(4.5, color=look.faint, lw=1)
            ax.text(0.16, 4.62, "particular groups", color=look.muted, va="top")
        ax.set_xlabel("used kratom in the past year, %")

    return show(
        draw,
        name="prevalence",
        title="Surveys built to resemble the whole population put past-year kratom use near 1%; "
        f"a crowdsourced sample found {clicked:g}%",
        subtitle="Used kratom in the past year, % of each group, United States. Pale bars: 95% "
        "intervals. Log scale.",
        sources=works_of("prevalence", PAST_YEAR),
        alt="Past-year kratom use in seven groups in US surveys, with 95 percent intervals. "
        + " ".join(
            f"{row.who.capitalize()}, {row.year}: {row.percent:g} percent "
            f"({row.ci95_low_percent:g} to {row.ci95_high_percent:g})."
            for row in rows_of(past_year)
        ),
        limits="Who was never asked. The answers are what people said about themselves, in "
        "different years; for the crowdsourced sample and the clinic the interval is ours. The "
        "first row describes young people, the fourth some of the states, and the last two "
        "particular groups, not the whole population.",
        data=past_year.rename_axis("row").reset_index(),
        size=(5.2, 4.4),
        narrow=410,
    )


# 4.2 A call to a poison centre is not a case

COUNTS = {
    "pc-001": (2010, "Anwar 2016"),
    "pc-002": (2015, "Anwar 2016"),
    "pc-008": (2011, "Post 2019"),
    "pc-009": (2017, "Post 2019"),
    "pc-075": (2010, "Addiction 2026"),
    "pc-076": (2023, "Addiction 2026"),
    "pc-048": (2015, "Washington centre"),
    "pc-050": (2025, "Washington centre, part of 2025"),
    "pc-077": (2025, "CDC 2026"),
}


def yearly_counts(calls: pd.DataFrame) -> pd.DataFrame:
    """Return row, year, calls and source for each yearly count of reports to US poison centres.

    calls : the table poison_center, by id
    """
    counted = calls["value"].astype(float)
    rows = [(row, year, counted[row], source) for row, (year, source) in COUNTS.items()]
    return pd.DataFrame(rows, columns=["row", "year", "calls", "source"])


def draw_calls(counts: pd.DataFrame, plateau: float) -> Figure:
    """Draw the yearly counts of reports, not joined by lines.

    counts  : columns row, year, calls and source
    plateau : reports a year from 2018 to March 2025, by the Washington centre
    """
    of = {row.row: f"{row.calls:,.0f}" for row in rows_of(counts)}
    newest = next(row.calls for row in rows_of(counts) if row.row == "pc-077")
    about = f"about {plateau:,.0f} a year"
    notes: list[tuple[float, float, str, Style]] = [
        (2009.6, 150, f"{of['pc-001']} (Anwar)\n{of['pc-075']} (Addiction)", {"va": "bottom"}),
        (2012.6, 60, f"{of['pc-008']} (Post)", {}),
        (2013.9, 460, f"{of['pc-048']} (Washington)\n{of['pc-002']} (Anwar)", {"va": "bottom"}),
        (2017.3, 640, f"{of['pc-009']} (Post)", {"ha": "left"}),
        (2020.6, 1480, f"{about} from 2018 to\nMarch 2025 (Washington)", {"va": "bottom"}),
        (2022.8, 1000, f"{of['pc-076']}\n(Addiction)", {"va": "top"}),
        (
            *(2025.3, 1900, f"{of['pc-050']} by August 2025,\npart of a year (Washington)"),
            {"ha": "right", "va": "bottom"},
        ),
        (2024.7, newest, f"{of['pc-077']} in 2025 (CDC)", {"ha": "right"}),
    ]

    def draw_in_rows(ax: Axes, look: Look) -> None:
        ordered = list(rows_of(counts.sort_values(["year", "calls"])))
        for y, row in enumerate(ordered):
            part = row.row == "pc-050"
            style: Style = {"fillstyle": "left" if part else "full", "ls": "none"}
            ax.plot([0, row.calls], [y, y], color=look.faint, lw=2, zorder=0)
            mark: Style = {"color": look.mixed, "markerfacecoloralt": look.paper}
            ax.plot(row.calls, y, marker="o", **mark, **style)
            ax.text(row.calls + 90, y, of[row.row], va="center")
        name_rows(ax, [f"{row.year}: {row.source}" for row in ordered])
        ax.set(xlim=(0, 4100), xlabel="reports in the year")
        ax.set_xticks([0, 1000, 2000, 3000], ["0", "1,000", "2,000", "3,000"])

    def draw(ax: Axes, look: Look) -> None:
        if look.narrow:
            draw_in_rows(ax, look)
            return
        line: Style = {"lw": 6, "alpha": 0.35, "solid_capstyle": "butt"}
        ax.plot([2018, 2025.2], [plateau, plateau], color=look.mixed, **line)
        for row in rows_of(counts):
            part = row.row == "pc-050"
            mark: Style = {"ms": 8, "fillstyle": "left" if part else "full"}
            x = 2025.6 if part else row.year
            ax.plot(x, row.calls, "o", color=look.mixed, markerfacecoloralt=look.paper, **mark)
        for x, y, text, style in notes:
            place = {"ha": "center", "va": "center", **style}
            ax.text(x, y, text, color=look.ink, **place)
        ax.set(xlim=(2006.8, 2026.2), ylim=(-60, 3700), ylabel="reports in the year")
        ax.set_xticks([2010, 2015, 2020, 2025])
        ax.set_yticks([0, 1000, 2000, 3000], ["0", "1,000", "2,000", "3,000"])

    return show(
        draw,
        name="calls",
        title="Reports of kratom to US poison centres grew from fewer than 30 in 2010 to "
        f"{of['pc-077']} in 2025; for the same year, two sources can differ",
        subtitle="Reports of kratom to US poison centres in a year, by source. Half "
        "filled: part of a year.",
        sources=works_of("poison_center", COUNTS),
        alt="Counts of reports to US poison centres, not joined by lines. "
        f"2010: {of['pc-001']} by Anwar 2016, {of['pc-075']} by the paper in Addiction. "
        f"2011: {of['pc-008']} by Post 2019. "
        f"2015: {of['pc-002']} by Anwar, {of['pc-048']} by the Washington centre. "
        f"2017: {of['pc-009']} by Post. "
        f"2018 to March 2025: {about} by the Washington centre. "
        f"2023: {of['pc-076']} by the paper in Addiction. "
        f"Early August 2025: {of['pc-050']} by the Washington centre. "
        f"Whole of 2025: {of['pc-077']} by CDC.",
        limits="How many people were harmed. The sources don't agree on 2010 and 2015, and we "
        "don't know why. The half-filled mark covers part of a year, and its source doesn't say "
        "from which day; the CDC and Addiction figures were read in trade news, the Post figures "
        "in a press release. Leaf, extract and 7-OH aren't told apart.",
        data=counts.drop(columns="row"),
        size=(5.2, 4.2),
        narrow=430,
    )


def kratom_only_calls(calls: pd.DataFrame) -> pd.DataFrame:
    """Return how many calls named kratom alone, of how many, with 95% Wilson intervals.

    calls : the table poison_center, by id; where it gives a percentage, the count is worked out
    """
    facts = load_facts()
    counted, asked = calls["value"].astype(float), calls["denominator_n"]

    def count(row: str) -> tuple[int, int]:
        return int(counted[row]), int(asked[row])

    def without_others(fact: str, row: str) -> tuple[int, int]:
        total = int(asked[row])
        return models.whole_people((100 - facts[fact].number) / 100, total), total

    rows = [
        ("2010 to 2015,\nall calls", *count("pc-007"), "United States"),
        (
            "2010 to 2017, calls\ncoded \u201cabuse\u201d",
            *without_others("risk-169", "pc-067"),
            "United States",
        ),
        ("2010 to 2023,\nall calls", *count("pc-045"), "United States"),
        ("2011 to July 2018,\nall calls", *count("pc-028"), "United States"),
        (
            "2010 to 2017, calls\ncoded \u201cabuse\u201d",
            *without_others("risk-170", "pc-068"),
            "Thailand",
        ),
    ]
    columns = ["calls", "kratom_only", "total", "country"]
    return with_intervals(pd.DataFrame(rows, columns=columns), "kratom_only", "total")


def draw_kratom_only(only: pd.DataFrame) -> Figure:
    """Draw in what share of calls kratom was the only substance named.

    only : columns calls, kratom_only, total, country, percent, low and high
    """
    us = only[only["country"] == "United States"]["percent"]

    def draw(ax: Axes, look: Look) -> None:
        places = [0, 1, 2, 3, 4.7]
        for y, row in zip(places, rows_of(only), strict=True):
            draw_interval(ax, y, row.low, row.high, row.percent, look.mixed)
            text = f"{row.percent:.0f}%, {row.kratom_only:,} of {row.total:,}"
            ax.text(2, y, text, color=look.ink, **NOTE)
        lift = 0.25 if look.narrow else 0
        for y, country in ((-0.62 - lift, "United States"), (4.08 - lift, "Thailand")):
            ax.text(0 if look.narrow else 2, y, country, fontweight="bold", **NOTE)
        name_rows(ax, list(only["calls"]), places, room=1.1)
        ax.set(xlim=(0, 80), xlabel="kratom the only substance named, % of calls")
        ax.set_xticks([0, 20, 40, 60, 80])

    return show(
        draw,
        name="kratom-only-calls",
        title="Was kratom the only substance? In one calling system the answer runs from "
        f"{us.min():.0f} to {us.max():.0f} calls in 100",
        subtitle="Calls to poison centres in which kratom was the only substance named, % of "
        "calls about kratom. Pale bars: 95% intervals.",
        sources=[
            "risk-169",
            "risk-170",
            *works_of("poison_center", ["pc-007", "pc-028", "pc-045"]),
        ],
        alt="Share of calls in which kratom was the only substance named, with 95 percent "
        "intervals. "
        + " ".join(
            f"{row.country}, {one_line(row.calls)}: {row.percent:.0f} percent "
            f"({row.low:.0f} to {row.high:.0f}), {row.kratom_only:,} of {row.total:,}."
            for row in rows_of(only)
        ),
        limits="What people had really taken: this is what callers said, and the centres didn't "
        "test. The intervals cover chance and are ours; the gaps between the US rows probably come "
        "from what each analysis counted. Counts for the \u201cabuse\u201d rows were worked out "
        "from printed percentages.",
        data=only.assign(calls=only["calls"].map(one_line)),
        size=(5.2, 3.9),
    )


# 4.3 Found, named or alone: counting deaths with kratom


def draw_found_named_alone(recorded: int, found: int, named: int, alone: int) -> Figure:
    """Draw recorded overdose deaths as icons, by what the record says about kratom.

    recorded, found, named, alone : numbers of people; each group lies within the one before it
    """
    icons = pd.DataFrame(
        {
            "group": ["alone", "named, with others", "found, not named", "not found"],
            "people": [alone, named - alone, found - named, recorded - found],
        }
    )
    icons["per_1000"] = (1000 * icons["people"] / recorded).round(2)
    found_1000, named_1000 = (models.whole_people(n / recorded, 1000) for n in (found, named))

    def draw(axes: Sequence[Axes], look: Look) -> None:
        whole, zoom = axes
        groups = [(named_1000, look.second, True), (found_1000 - named_1000, look.compare, True)]
        draw_icons(whole, look, groups, total=1000, per_row=50)
        title = (
            f"Of 1,000 recorded overdose deaths, kratom was\nfound in {found_1000}, "
            f"and named as a cause in {named_1000} of these"
        )
        whole.set_title(title, loc="left")
        people = [
            (alone, look.ink, True),
            (named - alone, look.second, True),
            (found - named, look.compare, True),
        ]
        draw_icons(zoom, look, people, total=found, per_row=20)
        zoom.set_title(f"All {found} people with kratom found", loc="left")
        note: Style = {"va": "center"}
        for y, words in (
            (0, f"{alone} alone"),
            (-2.2, f"{named - alone} named,\nwith others"),
            (-5.5, f"{found - named} found,\nnot named"),
        ):
            zoom.text(20.2, y, words, color=look.ink, **note)
        zoom.set_xlim(-0.7, 31)

    return show(
        draw,
        name="found-named-alone",
        title="Found, named and alone are three different counts from one record",
        subtitle="People who died of an overdose, in one CDC system of 2016 and 2017: as 1,000 "
        f"dots for all of them, and as one dot for each of the {found} with kratom found.",
        sources=["risk-054", "risk-055", "risk-056"],
        alt=f"Two icon arrays. In the first, kratom was found in about {found_1000} of 1,000 "
        f"recorded overdose deaths and named as a cause in about {named_1000} of these. In the "
        f"second, the {found} people with kratom found: {alone} with nothing else found, "
        f"{named - alone} with kratom named and other substances found as well, "
        f"{found - named} with kratom found but not named.",
        limits="Who was missed: the rules for testing were not documented and differed, so people "
        "may be missing. One CDC system of 2016 and 2017, built for opioid overdose "
        "deaths, in 11 and later 27 states. A dot of the first panel stands for about "
        f"{recorded / 1000:.0f} people.",
        data=icons,
        size=(5.2, 5.4),
        rows=2,
        height_ratios=[20, 11],
        narrow=330,
    )


def alone_by_record(shares: pd.DataFrame, deaths: pd.DataFrame) -> pd.DataFrame:
    """Return in how many deaths kratom was the only substance, of how many, by record.

    shares : the table derived_proportions, by id
    deaths : the table deaths, by id
    """
    records = {
        "dp-005": "CDC system, 2016 and 2017\n(of those named)",
        "dp-007": "Florida examiners, 2020\nand 2021 (of those found)",
        "dp-008": "Florida, newspaper, to 2022\n(of those named)",
        "dp-036": "California, 2020 to 2022\n(of those named)",
    }
    rows = [(label, int(shares["k"][key]), int(shares["n"][key])) for key, label in records.items()]
    cases = int(deaths["denominator_n"]["de-020"])
    alone = models.whole_people(float(deaths["value"]["de-020"]) / 100, cases)
    rows.append(("registers, databases\nand media, to 2018", alone, cases))
    return with_intervals(pd.DataFrame(rows, columns=["records", "alone", "all"]), "alone", "all")


def draw_alone(series: pd.DataFrame) -> Figure:
    """Draw the share of deaths in which kratom was the only substance, by record.

    series : columns records, alone, all, percent, low and high; the collected cases come last
    """
    systems, cases = series["percent"][:4], series["percent"].iloc[4]

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows_of(series)):
            draw_interval(ax, y, row.low, row.high, row.percent, look.mixed)
            text = f"{row.percent:.0f}%, {row.alone} of {row.all}"
            ax.text(row.high + 1, y, text, color=look.ink, **NOTE)
        if not look.narrow:
            ax.axhline(3.5, color=look.faint, lw=1)
        name_rows(ax, list(series["records"]))
        ax.set(xlim=(0, 46), xlabel="kratom alone, %")
        ax.set_xticks([0, 10, 20, 30])

    return show(
        draw,
        name="alone",
        title=f"Kratom was counted alone in {systems.min():.0f} to {systems.max():.0f} of 100 "
        f"deaths with kratom in four counts from official records, and in {cases:.0f} of 100 "
        "collected cases",
        subtitle="Deaths in which kratom was the only substance, in California the only cause, or "
        "in the last row the only one found or blamed, % of the deaths with kratom in each record. "
        "Pale bars: 95% intervals.",
        sources=[
            *works_of("derived_proportions", ["dp-005", "dp-007", "dp-008", "dp-036"]),
            *works_of("deaths", ["de-020"]),
        ],
        alt="Share of deaths with kratom alone, with 95 percent intervals. "
        + " ".join(
            f"{one_line(row.records)}: {row.alone} of {row.all}, {row.percent:.1f} percent "
            f"({row.low:.1f} to {row.high:.1f})."
            for row in rows_of(series)
        ),
        limits="What nobody tested for. The two Florida rows share some people, so they are not "
        "independent; the denominators differ (named or found); the newspaper's count is "
        "second-hand; the Californian counts are third hand, and count kratom as the only cause. "
        "The count of the last row was worked out from a printed percentage, and all intervals are "
        "ours.",
        data=series.assign(records=series["records"].map(one_line)),
        size=(5.2, 3.8),
    )


LEVELS = [
    ("{n} people, Thailand\n(mean)", "living", "mc-010", False),
    ("{n} people, accidents,\nThailand (mean)", "died of something else", "mc-005", False),
    ("{n} people, other causes,\nNevada (mean)", "died of something else", "mc-002", True),
    ("{n} people, contributed,\nNevada (mean)", "mitragynine named", "mc-001", True),
    ("1 person, Nevada", "only substance", "mc-003", False),
    ("1 person, case report", "only substance", "mc-016", False),
    ("1 person, California", "only substance", "mc-012", False),
    ("1 person, case report", "only substance", "mc-017", False),
]


def blood_levels(levels: pd.DataFrame) -> pd.DataFrame:
    """Return people, group and mitragynine in blood, ng/mL, with its range where one is given.

    levels : the table mitragynine_concentrations, by id
    """
    tea = load_facts()["ph109"]
    to_ng = 398.5 / 1000  # g/mol: nmol/L into ng/mL
    after_tea = [end * to_ng for end in (tea.number, *tea.bounds)]
    rows = [("5 adults after one\nleaf tea (median)", "living", *after_tea)]
    by_id = {row.Index: row for row in rows_of(levels)}
    for people, group, key, ranged in LEVELS:
        row = by_id[key]
        ends = (row.min_ng_per_ml, row.max_ng_per_ml) if ranged else (np.nan, np.nan)
        rows.append((people.format(n=row.n), group, float(row.mean_ng_per_ml), *map(float, ends)))
    return pd.DataFrame(rows, columns=["people", "group", "ng_per_ml", "low", "high"])


def draw_levels(points: pd.DataFrame) -> Figure:
    """Draw levels of mitragynine in blood, by what happened to the people.

    points : columns people, group, ng_per_ml, low and high; without a range these two are missing
    """

    def draw(ax: Axes, look: Look) -> None:
        inks = (look.second, look.muted, look.mixed, look.ink)
        y, places = 0.0, []
        groups = points.groupby("group", sort=False)
        for (group, there), shape, ink in zip(groups, "oooo", inks, strict=True):
            lift = 0.3 if look.narrow else 0.15
            ax.text(5.5, y - lift, str(group), color=ink, fontweight="bold", **NOTE)
            y += 0.75
            for row in rows_of(there):
                draw_interval(ax, y, row.low, row.high, row.ng_per_ml, ink, shape)
                places.append(y)
                y += 1
        name_rows(ax, list(points["people"]), places)
        log_ticks(ax, 5, 6500, [10, 100, 1000])
        ax.set(ylim=(y - 0.3, -0.6), xlabel="mitragynine in blood, ng/mL")

    def said(row: Any) -> str:
        ranged = f" (range {row.low:.0f} to {row.high:,.0f})" if pd.notna(row.low) else ""
        return f"{row.group.capitalize()}, {one_line(row.people)}: {row.ng_per_ml:,.0f}{ranged}."

    return show(
        draw,
        name="levels",
        title="Blood levels of people for whom mitragynine was named overlap with those of people "
        "who died of something else; the highest are single cases",
        subtitle="Mitragynine in blood, ng in a mL, by what happened to the people. Pale bars: "
        "ranges. Log scale.",
        sources=[
            "ph109",
            *works_of("mitragynine_concentrations", [*(key for _, _, key, _ in LEVELS), "mc-015"]),
        ],
        alt="Mitragynine in blood, ng/mL. " + " ".join(said(row) for row in rows_of(points)),
        limits="Where a danger begins: people are few, laboratories differ, and levels after death "
        "can change with place and time. A single case may have been published only because it was "
        "striking. One series of living people in Malaysia, with levels hundreds of times as high "
        "as in the other living people, is left out because of a possible error of unit or method; "
        "it's the last of the sources.",
        data=points.assign(people=points["people"].map(one_line)).round(1),
        size=(5.2, 5.4),
    )


# 4.4 Rates, denominators and none seen

TOPS = {  # how a scenario of the table names who is counted on top
    "all deaths": "all deaths that\nlist kratom",
    "upper CI": "alone: high end\nof the interval",
    "SUDORS": "alone: {alone} of {named}",
    "lower CI": "alone: low end\nof the interval",
}
BOTTOMS = [  # from the fewest people to the most
    ("o", "household survey, 1.7 million"),
    ("s", "online panel, 2.0 million"),
    ("^", "law journal, 5 million"),
    ("D", "commentary, 15 million"),
]
RATE = "deaths_per_100000_user_years"
RATE_TICKS = {0.3: "0.3", 1: "1", 3: "3", 10: "10", 30: "30", 100: "100"}


def with_counts(label: str) -> str:
    """Return a label with the counts of deaths in which kratom was alone, and named."""
    facts = load_facts()
    return label.format(alone=facts["risk-056"].value, named=facts["risk-055"].value)


def rates_by_choice(machine: pd.DataFrame) -> pd.DataFrame:
    """Return the table of rates with a column that names who is counted on top.

    machine : the table derived_rate_sensitivity
    """
    tops = [next(top for top in TOPS if top in scenario) for scenario in machine["scenario"]]
    return machine.assign(top=tops)


def draw_denominator_machine(machine: pd.DataFrame) -> Figure:
    """Draw sixteen rates, made from the same deaths by different choices.

    machine : columns scenario, top, share_counted, users_n and the rate
    """
    rates, tops = machine[RATE], {top: with_counts(label) for top, label in TOPS.items()}
    people = sorted(set(machine["users_n"]))

    def draw(ax: Axes, look: Look) -> None:
        inks = (look.ink, look.second, look.muted, look.mixed)
        for y, top in enumerate(TOPS):
            ax.axhline(y, color=look.faint, lw=1, zorder=0)
            for row in rows_of(machine[machine["top"] == top]):
                place = people.index(row.users_n)
                step = (-0.13, 0.13, 0, 0)[place]
                mark, colour = BOTTOMS[place][0], inks[place]
                ax.plot(getattr(row, RATE), y + step, mark, color=colour, ms=7)
        for value, height in ((rates.max(), -0.13), (rates.min(), 3.0)):
            label = f"{value:.0f}" if value > 10 else f"{value:.1f}"
            side, shift = ("left", 1.2) if value > 10 else ("center", 1)
            drop = 0 if value > 10 else 0.32
            ax.text(value * shift, height + drop, label, fontweight="bold", ha=side, va="center")
        for ink, (mark, label) in zip(inks, BOTTOMS, strict=True):
            ax.plot([], [], mark, color=ink, ms=7, label=label)
        legend: Style = {"columnspacing": 1, "handletextpad": 0.1}
        above: Style = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0}
        ax.legend(ncols=1 if look.narrow else 2, **above, **legend)
        name_rows(ax, list(tops.values()))
        log_ticks(ax, 0.2, 150, RATE_TICKS)
        ax.set_xlabel("deaths a year for each 100,000 people")

    def rates_of(top: str) -> str:
        return ", ".join(f"{rate:.1f}" for rate in machine[machine["top"] == top][RATE])

    return show(
        draw,
        name="denominator-machine",
        title=f"The same deaths make {rates.max():.0f} or {rates.min():.1f} a year for each "
        "100,000 people, depending on who is counted on top and at the bottom",
        subtitle="Deaths a year for each 100,000 people who use kratom, by who is counted on "
        "top (rows) and at the bottom (marks). Log scale.",
        sources=["risk-056", *works_of("derived_rate_sensitivity")],
        alt="Sixteen rates for four numerators, each with denominators of 1.7, 2.0, 5 and 15 "
        "million people. "
        + " ".join(f"{sentence(words)}: {rates_of(top)}." for top, words in tops.items()),
        limits="The true rate, because none of the sixteen can be taken for it. The deaths are a "
        "newspaper's count in 44 states and DC, while the people are counted for the whole "
        "country; the share \u2018alone\u2019 comes from other years; behind the two largest "
        "denominators we found no survey. People who use kratom once and people who use it daily "
        "count alike.",
        data=machine[["scenario", "share_counted", "users_n", RATE]],
        size=(5.2, 4.0),
    )


COUNTED = {
    "all deaths": "all deaths that list kratom",
    "upper CI": "the high end of those alone",
    "SUDORS": "seven of ninety-one, those alone",
    "lower CI": "the low end of those alone",
}


def explore_denominators(machine: pd.DataFrame) -> Explorer:
    """Let readers choose who is counted on top and at the bottom of the rate.

    machine : columns top, users_n and the rate
    """
    rates = {(row.top, row.users_n): float(getattr(row, RATE)) for row in rows_of(machine)}
    lowest, highest = min(rates.values()), max(rates.values())
    label = "deaths a year for each 100,000 people (log scale)"
    rate_axis = Axis(0.2, 150, RATE_TICKS, label, log=True)

    def still() -> Picture:
        picture = Picture(rate_axis, Axis(0, 1, {}), left=14, height=120, top=20)
        picture.frame()
        picture.line([lowest, highest], [0.5, 0.5], "faint", width=10)
        return picture

    def draw(picture: Picture, top: str, bottom: int) -> tuple[str, dict[str, float]]:
        value = rates[top, bottom]
        picture.dot(value, 0.5, "ink", size=8)
        label = f"{value:.1f}"
        picture.text(value, 0.5, label, "ink", anchor="middle", dy=-13, size=15, weight="bold")
        words = (
            f"{sentence(COUNTED[top])} on top and {bottom:,} people at the bottom make "
            f"{value:.1f} deaths a year for each 100,000 people. "
            "No step of the arithmetic is wrong."
        )
        return words, {"deaths_per_100000_people_a_year": value, "people": bottom}

    on_top = {
        "all deaths that list kratom": "all deaths",
        "alone, high end": "upper CI",
        with_counts("alone, {alone} of {named}"): "SUDORS",
        "alone, low end": "lower CI",
    }
    people = sorted(set(machine["users_n"]))
    at_bottom = {
        words.replace(",", ":"): count for count, (_, words) in zip(people, BOTTOMS, strict=True)
    }
    return explore(
        draw,
        still=still,
        controls=(
            RadioButtons("Counted on top", on_top, start="all deaths that list kratom"),
            RadioButtons("Counted at the bottom", at_bottom, start="household survey: 1.7 million"),
        ),
        name="machine-explorer",
        title="One count of deaths, sixteen rates",
        subtitle="Deaths a year for each 100,000 people who use kratom, for the counts that you "
        "choose. Log scale.",
        sources=["risk-056", *works_of("derived_rate_sensitivity")],
        alt=f"A scale of deaths a year for each 100,000 people, from {lowest:.1f} to "
        f"{highest:.0f}; the dot is at the rate made from all deaths and the household survey.",
        limits="The true rate, because none of the sixteen can be taken for it. The deaths are a "
        "newspaper's count in 44 states and DC, while the people are counted for the whole "
        "country; the share \u2018alone\u2019 comes from other years; behind the two largest "
        "denominators we found no survey.",
    )


def small_counts(shares: pd.DataFrame) -> pd.DataFrame:
    """Return six shares that rest on few people, calls or products, with 95% Wilson intervals.

    shares : the table derived_proportions, by id
    """
    facts = load_facts()
    rows = {
        "shop products\nwith Salmonella": ("dp-024", None),
        "serious events,\nleaf, one dose": ("dp-033", None),
        "deaths in Thai\ncentre's calls": ("dp-023", None),
        "alone, of\nthose named": ("dp-005", None),
        "newborns with\nwithdrawal, calls": ("risk-038", 7),
        "7-OH reports\nneeding care": ("risk-049", 19),
    }
    counts = [
        (what, facts[key].number, total)
        if total
        else (what, float(shares["k"][key]), float(shares["n"][key]))
        for what, (key, total) in rows.items()
    ]
    return with_intervals(pd.DataFrame(counts, columns=["what", "k", "n"]), "k", "n")


def draw_small_counts(small: pd.DataFrame) -> Figure:
    """Draw shares from small counts with their intervals.

    small : columns what, k, n, percent, low and high
    """
    by_name = {row.what: row for row in rows_of(small)}
    none = by_name["shop products\nwith Salmonella"]
    alone = by_name["alone, of\nthose named"]

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows_of(small)):
            draw_interval(ax, y, row.low, row.high, row.percent, look.mixed)
            ax.text(row.high + 2, y, f"{row.k:.0f} of {row.n:.0f}", color=look.ink, **NOTE)
        name_rows(ax, list(small["what"]))
        ax.set(xlim=(-4, 118), xlabel="share, %")
        ax.set_xticks([0, 25, 50, 75, 100])

    return show(
        draw,
        name="small-counts",
        title=f"Small counts leave much room: {none.k:.0f} of {none.n:.0f} fits with up to "
        f"{none.high:.0f}%, and {alone.k:.0f} of {alone.n:.0f} with up to {alone.high:.0f}%",
        subtitle="Share of a small number, %. Pale bars: 95% intervals.",
        sources=[
            "risk-038",
            "risk-049",
            *works_of("derived_proportions", ["dp-005", "dp-023", "dp-024", "dp-033"]),
        ],
        alt="Shares from small counts with Wilson intervals. "
        + " ".join(
            f"{sentence(row.what)}: {row.k:.0f} of {row.n:.0f}, {row.percent:.0f} percent "
            f"({row.low:.1f} to {row.high:.1f})."
            for row in rows_of(small)
        ),
        limits="How these people, calls and products were chosen. The intervals, which are ours, "
        "treat them as if they had been sampled at random. The 30 people on leaf are the number "
        "by plan.",
        data=small.assign(what=small["what"].map(one_line)).round(1),
        size=(5.2, 3.9),
    )


def draw_none_seen(watched: dict[str, int], took_kratom: int) -> Figure:
    """Draw the largest risk that fits with seeing no event, by the number of people watched.

    watched     : what was watched, and how many people, calls or products
    took_kratom : people who took kratom in the single-dose study
    """
    people = np.unique(np.logspace(np.log10(5), 4, 120).astype(int))
    most = 100 * models.most_after_none(people)
    marks = pd.DataFrame({"what": list(watched), "n": list(watched.values())})
    marks["largest_percent"] = 100 * models.most_after_none(marks["n"])

    def draw(ax: Axes, look: Look) -> None:
        ax.fill_between(people, 0.02, most, color=look.faint, alpha=0.7, lw=0)
        ax.plot(people, most, color=look.mixed)
        for row in rows_of(marks):
            ax.plot(row.n, row.largest_percent, "o", color=look.ink)
            text = f"none of {row.n}: {row.largest_percent:.{0 if row.n < 10 else 1}f}%"
            ax.text(row.n * 1.25, row.largest_percent * 1.08, text, va="bottom")
        ax.plot(3000, 100 * models.most_after_none(3000), "o", color=look.ink)
        ax.text(2500, 0.075, "to rule out one in 1,000:\n3,000 people", ha="right", **NOTE)
        ax.text(7, 0.6, "fits with seeing none", color=look.muted)
        ax.set(xscale="log", yscale="log", xlim=(5, 10000), ylim=(0.02, 80))
        ax.set(xlabel="number looked at (log scale)", ylabel="largest risk that fits, %")
        ax.set_xticks([10, 100, 1000, 10000], ["10", "100", "1,000", "10,000"])
        ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
        ax.minorticks_off()

    return show(
        draw,
        name="none-seen",
        title=f"No event among {took_kratom} people still fits a risk of nearly one in ten",
        subtitle="The largest risk that still fits with seeing none, %, by the number of people, "
        "calls or products looked at. Both scales are logarithmic.",
        sources=["risk-165", "risk-051", "risk-131", MODEL],
        alt="A line that falls on log scales: the largest risk that still fits with seeing no "
        "event (95 percent), against the number of people. "
        + " ".join(
            f"None of {row.n} ({row.what}): {row.largest_percent:.1f} percent."
            for row in rows_of(marks)
        )
        + " About 3,000 people are needed to rule out a risk of one in 1,000.",
        limits="The risk of long use, mixing or illness, which no number of single doses answers. "
        "The line covers one event in one setting, by chance alone: for the volunteers, one dose, "
        "watched, in adults who had used opioids recreationally.",
        data=pd.DataFrame({"people": people, "largest_percent": most}).iloc[::6].round(3),
        size=(5.2, 3.4),
    )


RISKS = {
    "1 in 1,000": 0.001,
    "2 in 1,000": 0.002,
    "5 in 1,000": 0.005,
    "1 in 100": 0.01,
    "2 in 100": 0.02,
    "3 in 100": 0.03,
    "5 in 100": 0.05,
    "1 in 10": 0.1,
    "2 in 10": 0.2,
    "3 in 10": 0.3,
}


def explore_missed_risk(took_kratom: int) -> Explorer:
    """Let readers choose a risk and see how often a study would miss it.

    took_kratom : people who took kratom in the study
    """

    def still() -> Picture:
        plain = Axis(0, 1, {})
        return Picture(plain, plain, width=380, height=250, left=4, right=4, top=4, bottom=4)

    def draw(picture: Picture, risk: float) -> tuple[str, dict[str, float]]:
        harmed = models.whole_people(risk, 1000)
        picture.people(harmed, 1000)
        nobody = 100 * (1 - risk) ** took_kratom
        words = (
            f"{harmed} of 1,000 people are harmed and {1000 - harmed} are not. A study of "
            f"{took_kratom} people would see no harm at all in about {nobody:.0f} of 100 tries."
        )
        return words, {"harmed_of_1000": harmed, "percent_of_studies_that_see_none": nobody}

    return explore(
        draw,
        still=still,
        controls=(Slider("Risk of harm", RISKS, start="3 in 100"),),
        name="risk-explorer",
        title=f"A risk that is plain among 1,000 people can be missed among {took_kratom}",
        subtitle="Each large dot is one of 1,000 people who is harmed, for the risk that you "
        "choose.",
        sources=[MODEL],
        alt="A thousand dots in rows of forty. Thirty large dots stand for a risk of 3 in 100; "
        f"a study of {took_kratom} people would see none of them in about "
        f"{100 * 0.97**took_kratom:.0f} of 100 tries.",
        limits="The risk of kratom: this risk is the one you choose, and all people are taken to "
        "be alike.",
    )


# 4.5 What records of people who died can't show


def draw_collider(died: pd.DataFrame, living: "pd.Series[int]") -> Figure:
    """Draw one invented world twice: among all people, and in the records of deaths.

    died   : deaths by "intoxication" and "other cause", one row for each group of people
    living : people alive at the start in each group; the group that uses kratom comes first
    """
    odds = (died["intoxication"] / died["other cause"]).to_numpy(float)
    per_100k = np.asarray(models.rate(died["intoxication"], living), dtype=float)
    inside = (100 * died["intoxication"] / died.sum(axis=1)).to_numpy(float)
    ratio = odds[0] / odds[1]

    def draw(axes: Sequence[Axes], look: Look) -> None:
        left, right = axes
        panels: Sequence[tuple[Axes, Sequence[float], str, str, str]] = (
            (
                *(left, list(per_100k), "Among all people in each group"),
                *("intoxication deaths for each 100,000", ""),
            ),
            (
                *(right, list(inside), "Among people who died"),
                *("of these, by intoxication, %", "%"),
            ),
        )
        for ax, values, title, label, unit in panels:
            for x, (value, colour) in enumerate(zip(values, (look.ink, look.mixed), strict=True)):
                ax.bar(x, value, color=colour, width=0.6)
                ax.text(x, value, f"{value:.0f}{unit}", ha="center", va="bottom", color=look.ink)
            ax.set_title(look.fold(title, 40, 16), loc="left")
            ax.set_ylabel(label)
            ax.set_xticks([0, 1], ["uses\nkratom", "does\nnot"])
            ax.tick_params(axis="x", length=0)
        left.set_ylim(0, 60)
        right.set_ylim(0, 100)
        bold: Style = {"ha": "center", "fontweight": "bold"}
        left.text(0.5, 54, "much alike", **bold)
        right.text(0.5, 90, f"odds ratio {ratio:.1f}", **bold)

    world = pd.DataFrame(
        {
            "group": living.index,
            "intoxication_deaths_per_100000_alive_at_start": per_100k.round(1),
            "percent_intoxication_among_those_who_died": inside.round(1),
        }
    )
    return show(
        draw,
        name="collider",
        title="In an invented world where kratom does nothing, the records of people who died "
        f"show an odds ratio of about {ratio:.0f}",
        subtitle="Left: deaths by intoxication of each 100,000 people. Right: the same deaths, "
        "% of all who died. A world we made up.",
        sources=["risk-068", "risk-154", "risk-155", INVENTED],
        alt="Two pairs of bars from a simulation. Among all people in each group, intoxication "
        "deaths for "
        f"each 100,000 are {per_100k[0]:.0f} with kratom and {per_100k[1]:.0f} without: no "
        f"difference beyond chance. Among people who died, {inside[0]:.0f} percent with kratom and "
        f"{inside[1]:.0f} percent without had died of intoxication: an odds ratio of {ratio:.1f}.",
        limits="Whether this happened in Florida. The Florida study adjusted for some differences "
        "between people; whether that was enough can't be seen in its records.",
        data=world,
        size=(5.2, 3.2),
        columns=2,
    )


OTHER_CAUSES = {
    "a tenth as often": 0.1,
    "a fifth as often": 0.2,
    "a third as often": 1 / 3,
    "half as often": 0.5,
    "three quarters as often": 0.75,
    "as often": 1.0,
    "half as often again": 1.5,
}


def explore_collider() -> Explorer:
    """Let readers set how often people who use kratom die of other causes, in an invented world."""
    ticks = {0.5: "0.5", 1: "1", 2: "2", 5: "5", 10: "10"}
    ratio_axis = Axis(0.5, 12, ticks, "odds ratio (log scale; 1 means no link)", log=True)

    def still() -> Picture:
        picture = Picture(ratio_axis, Axis(0, 2, {}), left=14, height=160, top=10)
        picture.frame()
        picture.line([1, 1], [0, 2], "muted", dash="2 4", width=1.5)
        picture.dot(1, 1.35, "mixed")
        picture.text(1, 1.35, "among all people", "mixed", dx=12)
        return picture

    def draw(picture: Picture, other: float) -> tuple[str, dict[str, float]]:
        uses, rest = (4e-4, 10e-4 * other), (4e-4, 10e-4)
        ratio = uses[0] / uses[1] / (rest[0] / rest[1])
        dx, anchor = (12, "start") if ratio < 2.4 else (-12, "end")
        picture.dot(ratio, 0.45, "ink", size=7)
        picture.text(ratio, 0.45, "among those who died", "ink", dx=dx, anchor=anchor)
        share, share_rest = (100 * group[0] / sum(group) for group in (uses, rest))
        words = (
            "Intoxication kills 40 of 100,000 people in both groups. Among those who died, "
            f"{share:.0f}% of people who used kratom and {share_rest:.0f}% of the others died of "
            f"it: an odds ratio of {ratio:.1f}."
        )
        return words, {
            "odds_ratio_among_those_who_died": ratio,
            "percent_intoxication_among_users_who_died": share,
        }

    label = "People who use kratom die of other causes"
    return explore(
        draw,
        still=still,
        controls=(Slider(label, OTHER_CAUSES, start="a fifth as often"),),
        name="collider-explorer",
        title="In an invented world, the odds ratio in the records follows the other causes "
        "of death",
        subtitle="Odds ratio of kratom and death by intoxication, in a world we made up, for "
        "the other deaths that you choose.",
        sources=[INVENTED],
        alt="Two dots on a scale of odds ratios: among all people exactly 1, among those "
        "who died 5 when people who use kratom die of other causes a fifth as often.",
        limits="Whether the Florida records mislead. It's a way in which records can: an invented "
        "world without chance, in which kratom has no effect.",
    )


# 4.6 Dependence, liver, pregnancy and contamination

DISORDER = {
    "dp-026": ("moderate or severe, past year", "online, mostly US, 2017"),
    "dp-037": ("moderate or severe, past year", "crowdsourced, US, 2021"),
    "dp-025": ("any severity", "online, 2023"),
    "dp-035": ("any severity", "crowdsourced, US, 2021"),
    "dp-034": ("another instrument, by interview", "men in Malaysia,\nregular tea or juice"),
}


def use_disorder(shares: pd.DataFrame) -> pd.DataFrame:
    """Return how many people met the criteria of a use disorder, by what was counted and survey.

    shares : the table derived_proportions, by id; intervals are Wilson's, per cent
    """
    columns = ["k", "n", "percent", "wilson95_low_percent", "wilson95_high_percent"]
    disorder = shares.loc[list(DISORDER), columns].astype(float)
    disorder["counted"] = [counted for counted, _ in DISORDER.values()]
    disorder["survey"] = [survey for _, survey in DISORDER.values()]
    return disorder


def draw_use_disorder(disorder: pd.DataFrame) -> Figure:
    """Draw the share of people who met the criteria, in groups that were counted alike.

    disorder : columns counted, survey, k, n, percent and the ends of its interval
    """
    lowest, like = list(rows_of(disorder))[:2]

    def printed(percent: float) -> str:
        # no decimal for 149 of 150, a count worked out from the 99% that its source prints
        return f"{percent:.{1 if percent % 1 > 0.4 else 0}f}"

    def draw(ax: Axes, look: Look) -> None:
        y, places = 0.0, []
        for counted, there in disorder.groupby("counted", sort=False):
            lift = 0.25 if look.narrow else 0
            ax.text(0, y - lift, str(counted), color=look.muted, fontweight="bold", **NOTE)
            for row in rows_of(there):
                y += 0.9
                low, high = row.wilson95_low_percent, row.wilson95_high_percent
                draw_interval(ax, y, low, high, row.percent, look.mixed)
                x, side = (high + 2, "left") if row.percent < 80 else (low - 2, "right")
                text = f"{printed(row.percent)}%, {row.k:.0f} of {row.n:,.0f}"
                ax.text(x, y, text, color=look.ink, ha=side, **NOTE)
                places.append(y)
            y += 1.1
        name_rows(ax, list(disorder["survey"]), places)
        ax.set(xlim=(0, 103), ylim=(y - 0.4, -0.6))
        ax.set(xlabel="met the criteria, % of participants")
        ax.set_xticks([0, 25, 50, 75, 100])

    return show(
        draw,
        name="use-disorder",
        title=f"Counted alike, two surveys still differ: {lowest.percent:.0f}% and "
        f"{like.percent:.1f}% had a moderate or severe use disorder",
        subtitle="Met the criteria of a kratom use disorder, % of the people who took part. Pale "
        "bars: 95% intervals.",
        sources=works_of("derived_proportions", DISORDER),
        alt="Share of people who have used kratom that met criteria of a use disorder, with Wilson "
        "intervals, in three groups. "
        + " ".join(
            f"{row.counted}, {one_line(row.survey)}: {printed(row.percent)} percent, "
            f"{row.k:.0f} of {row.n:,.0f} "
            f"({row.wilson95_low_percent:.1f} to {row.wilson95_high_percent:.1f})."
            for row in rows_of(disorder)
        ),
        limits="How common the disorder is among all people who use kratom: none of the four "
        "samples is a random sample of them. Criteria differ between groups, and no survey is "
        "about concentrated 7-OH. The crowdsourced and Malaysian counts were worked out from "
        "printed percentages.",
        data=disorder.assign(survey=disorder["survey"].map(one_line)).reset_index(drop=True),
        size=(5.2, 3.9),
    )


LIVER_TESTS = {
    "bilirubin": ("total_bilirubin_mg_per_dl", "bilirubin_uln_mg_per_dl"),
    "ALT": ("alt_u_per_l", "alt_uln_u_per_l"),
    "alkaline phosphatase": ("alkaline_phosphatase_u_per_l", "alp_uln_u_per_l"),
}
LAST_DAY = 45  # of the joined part of the drawing


def times_normal(labs: pd.DataFrame) -> pd.DataFrame:
    """Return liver tests of two people by day, in times the upper limit of normal.

    labs : the table livertox_serial_labs
    """
    times = labs[["case_id", "day_from_first_abnormal"]].set_axis(["case_id", "day"], axis=1)
    for name, (value, limit) in LIVER_TESTS.items():
        times[name] = labs[value].astype(float) / labs[limit].astype(float)
    return times


def draw_liver(times: pd.DataFrame) -> Figure:
    """Draw the liver tests of two people over time; days after a break are not joined.

    times : columns case_id, day and one for each test, in times the upper limit of normal
    """
    first, second = (times[times["case_id"] == case].set_index("day") for case in (8332, 6972))
    late = [day for day in second.index if day > LAST_DAY]
    early = max(day for day in second.index if day <= LAST_DAY)
    places = {day: 56 + 11 * n for n, day in enumerate(late)}

    def draw_person(ax: Axes, look: Look, person: pd.DataFrame) -> None:
        styles = {
            "bilirubin": (look.ink, "o", "-"),
            "ALT": (look.second, "s", "--"),
            "alkaline phosphatase": (look.muted, "^", ":"),
        }
        ax.axhspan(0.2, 1, color=look.faint, alpha=0.7, lw=0)
        shown = person[person.index <= LAST_DAY]
        for name, (colour, mark, dash) in styles.items():
            line: Style = {"marker": mark, "ms": 4.5, "lw": 1.8, "label": name}
            ax.plot(shown.index, shown[name], dash, color=colour, **line)
            for day in (day for day in late if day in person.index):
                ax.plot(places[day], person[name][day], mark, ms=6, color=colour)
        ax.set(yscale="log", ylim=(0.5, 60), xlabel="day, from the first test")
        ax.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
        ax.minorticks_off()

    def draw(axes: Sequence[Axes], look: Look) -> None:
        left, right = axes
        for ax, person, title in ((left, first, "First person"), (right, second, "Second person")):
            draw_person(ax, look, person)
            ax.set_title(title)
        left.set(xlim=(-1, LAST_DAY))
        left.set_xticks([0, 20, 40])
        right.set(xlim=(-1, 84))
        right.axvline(50, color=look.faint, lw=3)
        right.set_xticks([0, 20, 40, *places.values()], ["0", "20", "40", *map(str, late)])
        left.set_ylabel("times the upper limit of normal\n(log scale)")
        left.text(44, 0.62, "normal", color=look.muted, ha="right")
        legend: Style = {"ncols": 3, "columnspacing": 1, "handlelength": 1.8}
        names = left.get_legend_handles_labels()
        left.figure.legend(*names, loc="outside upper center", **legend)

    end_day = first.index[-1]
    bilirubin = second["bilirubin"]
    return show(
        draw,
        name="liver",
        title=f"One person's liver tests were nearly normal {end_day} days after the first test; "
        f"the other's rose again, and his bilirubin was normal on day {late[0]}",
        subtitle="Three liver tests of two people, in times the upper limit of normal, by day. "
        "Log scale.",
        sources=works_of("livertox_serial_labs"),
        alt="Liver tests of two people in times the upper limit of normal. "
        f"First person: bilirubin peaks at {first['bilirubin'].max():.0f} times and is at "
        f"{first['bilirubin'].iloc[-1]:.1f} times on day {end_day}. Second person: bilirubin peaks "
        f"at {bilirubin.max():.0f} times, falls to {bilirubin.loc[6:18].min():.0f} times, rises "
        f"again to {bilirubin.loc[16:45].max():.0f} times and is at {bilirubin[early]:.0f} times "
        f"on day {early}; it is normal on days {', '.join(map(str, late[:-1]))} and {late[-1]}, "
        f"while ALT is at {second['ALT'].iloc[-1]:.1f} times on day {late[-1]}.",
        limits="How often this happens, or how it would go for you: these are two published "
        "people, chosen because they were ill, and other substances were involved. Days after the "
        "grey bar are not to scale and not joined.",
        data=times.round(2),
        size=(5.2, 3.8),
        columns=2,
        sharey=True,
        width_ratios=[1, 1.5],
    )


BINS = [
    ("no case listed", 0, 0, Status("paper")),
    ("1 to 3 people", 1, 3, Status("mixed", 0.18)),
    ("4 to 8 people", 4, 8, Status("mixed", 0.42)),
    ("10 to 16 people", 10, 16, Status("mixed", letters="paper")),
]


def draw_salmonella(ill: pd.DataFrame, states: pd.DataFrame) -> Figure:
    """Draw how many people fell ill in each state, on a map of tiles.

    ill    : the table salmonella_by_state
    states : the table us_states, for the codes of the states
    """
    codes = {row.name: row.code for row in rows_of(states)}
    ill = ill.assign(cases_n=ill["cases_n"].astype(int))
    by_code = {codes[row.state]: row.cases_n for row in rows_of(ill)}
    status_of = {
        code: next(name for name, low, high, _ in BINS if low <= by_code.get(code, 0) <= high)
        for code in PLACE
        if code != "PR"
    }

    def draw(ax: Axes, look: Look) -> None:
        draw_tiles(ax, look, status_of, {name: style for name, _, _, style in BINS})

    most = ill.nlargest(3, "cases_n")
    none_listed = sum(name == BINS[0][0] for code, name in status_of.items() if code != "DC")
    return show(
        draw,
        name="salmonella",
        title=f"People with Salmonella that was linked to kratom lived in {len(ill)} states",
        subtitle="People who fell ill in 2017 and 2018, by the state they lived in.",
        sources=works_of("salmonella_by_state"),
        alt="Tile map of the United States with Salmonella cases linked to kratom in "
        f"2017 and 2018: {ill['cases_n'].sum()} people in {len(ill)} states, most in "
        + ", ".join(f"{row.state} ({row.cases_n})" for row in rows_of(most))
        + f". {none_listed} states and DC have none listed.",
        limits="Where the products came from. It's a map of where people lived, and it isn't "
        "adjusted for how many people live or are tested in a state. Mild illness may not be "
        "tested, and only some of the people who fell ill were asked about kratom.",
        data=ill[["state", "cases_n"]],
        size=(5.2, 4.6),
    )


# 4.7 Breathing, mind, other medicines, and 7-OH

EFFECTS = {
    "pc-029": "agitation",
    "pc-030": "fast heartbeat",
    "pc-031": "drowsiness",
    "pc-032": "vomiting",
    "pc-033": "confusion",
    "pc-034": "seizure",
    "pc-035": "withdrawal",
    "pc-036": "hallucinations",
    "pc-037": "slowed breathing",
    "pc-038": "coma",
    "pc-039": "arrest of heart\nor breathing",
}


def effects_in_calls(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the effects recorded in calls about kratom alone, with 95% Wilson intervals.

    calls : the table poison_center, by id; counts are worked out from printed percentages
    """
    effects = calls.loc[list(EFFECTS), ["value", "denominator_n"]].astype(float)
    total = int(effects["denominator_n"].iloc[0])
    counts = [models.whole_people(share / 100, total) for share in effects["value"]]
    low, high = models.wilson(np.array(counts), total)
    return effects.assign(
        effect=list(EFFECTS.values()), calls=counts, low=100 * low, high=100 * high
    )


def draw_effects(effects: pd.DataFrame) -> Figure:
    """Draw in what share of calls about kratom alone each effect was recorded.

    effects : columns effect, value, denominator_n, calls, low and high; per cent
    """
    of = {row.Index: row.value for row in rows_of(effects)}
    total = int(effects["denominator_n"].iloc[0])

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows_of(effects)):
            draw_interval(ax, y, row.low, row.high, row.value, look.mixed)
            ax.text(row.high + 0.5, y, f"{row.value:g}%", color=look.ink, **NOTE)
        name_rows(ax, list(effects["effect"]))
        ax.set(xlim=(0, 25), xlabel=f"% of {total} calls about kratom alone")
        ax.set_xticks([0, 5, 10, 15, 20])

    return show(
        draw,
        name="effects-in-calls",
        title=f"In calls about kratom alone, agitation was recorded in {of['pc-029']:g}% and "
        f"slowed breathing in {of['pc-037']:g}%",
        subtitle=f"Effects recorded, % of {total} US calls about kratom alone, 2011 to July 2018. "
        "Pale bars: 95% intervals.",
        sources=works_of("poison_center", EFFECTS),
        alt=f"Effects recorded in {total} US calls about kratom alone, 2011 to July 2018, with 95 "
        "percent intervals. "
        + " ".join(
            f"{one_line(row.effect).capitalize()}: {row.value:g} percent "
            f"({row.low:.1f} to {row.high:.1f})."
            for row in rows_of(effects)
        ),
        limits="How often this happens to people who take kratom: these are calls, which "
        "someone had a reason to make, and the centres didn't test what else was in the blood. "
        "That the shares are of the calls about kratom alone is our reading of the abstract. One "
        "call can have several effects. Intervals are ours.",
        data=effects.drop(columns="denominator_n")
        .assign(effect=effects["effect"].map(one_line))
        .round(2),
        size=(5.2, 4.4),
        narrow=500,
    )
