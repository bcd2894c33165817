"""The figures of chapter 7: each function takes the rows that it draws and returns the figure."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from kratomcourse import models
from kratomcourse.charts import (
    INVENTED,
    MODEL,
    Figure,
    Look,
    draw_icons,
    draw_interval,
    log_ticks,
    name_rows,
    show,
)
from kratomcourse.evidence import load_facts, load_table


def fact_numbers(rows: Sequence[Sequence[str]], columns: Sequence[str], facts: int) -> pd.DataFrame:
    """Return rows as a table in which the last columns hold the numbers of facts.

    rows    : words first, then ids of facts
    columns : names of the columns
    facts   : how many of the last columns are ids, to be replaced by numbers
    """
    known = load_facts()
    table = pd.DataFrame(rows, columns=list(columns))
    for column in columns[len(columns) - facts :]:
        table[column] = table[column].map(lambda fact: known[fact].number).astype(float)
    return table


def draw_a_thousand_people(rates: pd.DataFrame) -> Figure:
    """Draw four blocks of a thousand squares, with one square filled for each death in a year.

    rates : deaths per 1,000 person-years; a row for each medicine, columns "in treatment" and
            "out of it"
    """
    counts = rates.map(lambda rate: models.whole_people(rate / 1000, 1000))

    def draw_block(ax: Axes, look: Look, count: int) -> None:
        for x in range(51):
            ax.plot([x, x], [0, -20], color=look.muted, lw=0.25 if x % 10 else 1.1, zorder=0)
        for y in range(21):
            ax.plot([0, 50], [-y, -y], color=look.muted, lw=0.25 if y % 10 else 1.1, zorder=0)
        for number in range(count):
            row, column = divmod(number, 10)
            square = Rectangle((column, -row - 1), 1, 1, facecolor=look.ink, edgecolor="none")
            ax.add_patch(square)
        ax.set(xlim=(-0.3, 50.3), ylim=(-20.3, 0.3), aspect="equal")
        ax.axis("off")

    def draw(axes: Sequence[Sequence[Axes]], look: Look) -> None:
        for row, medicine in zip(axes, counts.index, strict=True):
            for ax, when in zip(row, counts.columns, strict=True):
                count = int(counts.loc[medicine, when])
                draw_block(ax, look, count)
                what = f"{medicine},\n{when}" if look.narrow else f"{medicine}, {when}"
                title = f"{what}:\n{count} of 1,000 in a year"
                ax.set_title(title, loc="left")

    return show(
        draw,
        name="deaths-in-and-out",
        title="Opioid use disorder: of 1,000 people about {} died in a year on methadone, {} off "
        "it; with buprenorphine {} and {}".format(*counts.to_numpy().ravel()),
        subtitle="Each square is one of 1,000 people over a year. Filled: died of any cause.",
        sources=["rec-073", "rec-074", "rec-160", "rec-161"],
        alt="Four blocks of a thousand squares, each square one person for a year; filled squares "
        "are deaths from any cause. "
        + "; ".join(
            f"{medicine}: {counts.loc[medicine, 'in treatment']} in treatment, "
            f"{counts.loc[medicine, 'out of it']} out of it"
            for medicine in counts.index
        )
        + ". In every block most squares are empty.",
        limits="Whether treatment made the difference: these are cohorts, in which people in and "
        "out of it may differ. The two medicines were given to different people, so this figure "
        "can't compare them with each other.",
        data=rates.rename_axis("deaths per 1,000 person-years").reset_index(),
        rows=2,
        columns=2,
        size=(5.2, 3.6),
        narrow=270,
    )


def rates_by_place() -> pd.DataFrame:
    """Return deaths per 1,000 person-years in and out of agonist treatment, by place."""
    rows = [
        ("methadone, pooled cohorts", "rec-073", "rec-160"),
        ("buprenorphine, pooled cohorts", "rec-074", "rec-161"),
        ("either, UK general practice", "rec-166", "rec-167"),
        ("either, Czechia", "rec-174", "rec-175"),
        ("either, Denmark", "rec-176", "rec-177"),
    ]
    return fact_numbers(rows, ["where", "in", "out"], facts=2)


def draw_places(places: pd.DataFrame) -> Figure:
    """Draw the death rates in and out of treatment as two points on one line for each place.

    places : columns where, in and out (deaths per 1,000 person-years)
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(places.to_dict("records")):
            ax.plot([row["in"], row["out"]], [y, y], color=look.faint, lw=4, zorder=0)
            ax.plot(row["in"], y, "o", color=look.second)
            ax.plot(row["out"], y, "s", color=look.muted)
            times = f"{row['out'] / row['in']:.1f} times"
            ax.text(48, y, times, va="center", ha="right", color=look.muted)
        ax.plot([], [], "o", color=look.second, label="in treatment")
        ax.plot([], [], "s", color=look.muted, label="out of it")
        ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2, handletextpad=0.2)
        name_rows(ax, list(places["where"]))
        ax.set(xlim=(0, 48), xlabel="deaths per 1,000 person-years")
        ax.set_xticks([0, 10, 20, 30])

    return show(
        draw,
        name="in-and-out-by-place",
        title="People died less often in treatment in each of these rows, but in Denmark the gap "
        "was small",
        subtitle="Deaths of any cause for each 1,000 person-years. Circle: in treatment; "
        "square: out of it.",
        sources=[
            "rec-073",
            "rec-074",
            "rec-160",
            "rec-161",
            "rec-166",
            "rec-174",
            "rec-175",
            "rec-176",
            "rec-177",
            "rec-167",
        ],
        alt="Five rows with two points each, deaths per 1,000 person-years in and out of "
        "treatment. "
        + "; ".join(
            f"{row['where']}: {row['in']:g} in, {row['out']:g} out"
            for row in places.to_dict("records")
        )
        + ".",
        limits="Why the rows differ: these are crude rates from registers and cohorts, which may "
        "differ in patients and services, and in who is in treatment and who is out. The UK study "
        "followed people for only a year after treatment.",
        data=places.rename(
            columns={"in": "in_per_1000_person_years", "out": "out_per_1000_person_years"}
        ),
        size=(5.2, 3.9),
    )


def rates_by_week() -> pd.DataFrame:
    """Return deaths per 1,000 person-years in UK general practice, in and after treatment."""
    rows = [
        ("all time in treatment", "in", "rec-166"),
        ("first 2 weeks of it", "in", "rec-168"),
        ("weeks 1 and 2 after stopping", "out", "rec-169"),
        ("weeks 3 and 4 after stopping", "out", "rec-170"),
        ("later", "out", "rec-171"),
    ]
    return fact_numbers(rows, ["piece", "side", "rate"], facts=1)


def draw_weeks(pieces: pd.DataFrame) -> Figure:
    """Draw the death rate in each period as a bar.

    pieces : columns piece, side ("in" or "out") and rate (deaths per 1,000 person-years)
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(pieces.to_dict("records")):
            colour = look.second if row["side"] == "in" else look.muted
            ax.barh(y, row["rate"], height=0.5, color=colour)
            ax.text(row["rate"] + 0.8, y, f"{row['rate']:g}", va="center", color=colour)
        ax.text(56, 0.5, "in treatment", va="center", ha="right", color=look.second)
        ax.text(56, 4, "out of it", va="center", ha="right", color=look.muted)
        name_rows(ax, list(pieces["piece"]))
        ax.set(xlim=(0, 56), xlabel="deaths per 1,000 person-years")

    rates = [f"{rate:g}" for rate in pieces["rate"]]
    return show(
        draw,
        name="weeks",
        title="In a UK study death rates were highest in the first month after agonist treatment "
        "had stopped, and next in the first two weeks of treatment",
        subtitle="Deaths of any cause for each 1,000 person-years of people treated for opioid "
        "use disorder in UK general practice.",
        sources=["rec-166", "rec-168", "rec-169", "rec-170", "rec-171"],
        alt="Bars of deaths per 1,000 person-years in UK general practice. In treatment: "
        f"{rates[0]} overall, {rates[1]} in the first two weeks. After stopping: {rates[2]} in "
        f"weeks 1 and 2, {rates[3]} in weeks 3 and 4, {rates[4]} later.",
        limits="Why people died when they did: these are crude rates from one country and period, "
        "and some may have stopped treatment because things were going badly already.",
        data=pieces.rename(columns={"rate": "deaths_per_1000_person_years"}),
        size=(5.2, 3.7),
    )


def simulate_town(
    effect: float, mixed: bool, people: int = 100_000, seed: int = 7
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Simulate a year in an invented town where treatment is offered to half the people at random.

    effect  : weekly risk of an overdose in treatment, as a multiple of that outside; 1 does nothing
    mixed   : whether three in ten people lead an unsettled life, overdose more and leave sooner
    returns : for each person whether treatment was offered, weeks in treatment, and whether there
              was an overdose; and the weekly overdose rates in and out of treatment
    """
    rng = np.random.default_rng(seed)
    unsettled = mixed & (rng.random(people) < 0.3)
    risk = np.where(unsettled, 0.0025, 0.0004 if mixed else 0.001)
    leaves = np.where(unsettled, 0.12, 0.02)
    offered = rng.random(people) < 0.5
    inside, overdose, weeks = offered.copy(), np.zeros(people, bool), np.zeros(people)
    counts = np.zeros((2, 2))  # rows: in, out; columns: overdoses, weeks at risk
    for _week in range(52):
        hit = ~overdose & (rng.random(people) < risk * np.where(inside, effect, 1))
        for row, where in enumerate((inside, ~inside & offered)):
            counts[row] += (hit & where).sum(), (~overdose & where).sum()
        weeks += inside
        overdose |= hit
        inside &= ~hit & (rng.random(people) > leaves)  # an overdose ends treatment too
    return offered, weeks, overdose, counts[:, 0] / counts[:, 1]


def overdoses_by_stay() -> pd.DataFrame:
    """Return the share with an overdose in a year by length of treatment, in a study and a town."""
    rows = [
        ("not at all", "rec-180"),
        ("up to 1 month", "rec-181"),
        ("1 month to 6 months", "rec-182"),
        ("longer", "rec-183"),
    ]
    table = fact_numbers(rows, ["time_in_treatment", "seen_percent"], facts=1)
    offered, weeks, overdose, _rates = simulate_town(effect=1, mixed=True)
    groups = [
        ~offered,
        offered & (weeks <= 4),
        offered & (weeks > 4) & (weeks <= 26),
        offered & (weeks > 26),
    ]
    table["invented_percent"] = [100 * overdose[group].mean() for group in groups]
    return table


def draw_staircase(stays: pd.DataFrame) -> Figure:
    """Draw overdoses by length of treatment, in the study and in the invented town.

    stays : columns time_in_treatment, seen_percent and invented_percent
    """
    labels = list(stays["time_in_treatment"])
    panels = (
        ("seen_percent", "ink", "a study of insured people,\nUnited States"),
        ("invented_percent", "second", "an invented town where\ntreatment does nothing"),
    )

    def draw(axes: Sequence[Axes], look: Look) -> None:
        box = {"facecolor": look.paper, "edgecolor": "none", "pad": 0.8}
        for ax, (column, tone, head) in zip(axes, panels, strict=True):
            for y, value in enumerate(stays[column]):
                alpha = 0.85 if y else 0.45
                ax.barh(y, value, height=0.62, color=getattr(look, tone), alpha=alpha)
                ax.text(value + 0.3, y, f"{value:.1f}%", va="center", bbox=box)
            ax.axvline(stays[column].iloc[0], color=look.muted, ls=":", lw=1.4, zorder=0)
            ax.set(xlim=(0, 14), ylim=(3.6, -0.6), xlabel="overdose in a year")
            ax.set_title(look.fold(head, 34, 20), loc="left")
            ax.set_xticks([0, 5, 10], ["0", "5%", "10%"])
            ax.tick_params(axis="y", length=0)
        axes[0].set_yticks(range(4), labels)
        axes[1].set_yticks([])

    def listed(column: str) -> str:
        return ", ".join(
            f"{label} {value:.1f}%" for label, value in zip(labels, stays[column], strict=True)
        )

    return show(
        draw,
        name="staircase",
        title="Fewer of the people treated for longer had an overdose, and so it is in an invented "
        "town where treatment does nothing",
        subtitle="People with an overdose within a year, %, by how long they were treated (in the "
        "study, with methadone or buprenorphine).",
        sources=["rec-180", "rec-181", "rec-182", "rec-183", INVENTED],
        alt="Two bar panels, share with an overdose in a year by time in treatment. In the study: "
        f"{listed('seen_percent')}. In an invented town where treatment has no effect: "
        f"{listed('invented_percent')}.",
        limits="Why the study's staircase arose, or whether treatment does nothing: we built the "
        "town only to show what can happen. The study's shares are crude.",
        data=stays.round(2),
        columns=2,
        size=(5.2, 3.4),
        narrow=350,
    )


def overdose_ratios() -> pd.DataFrame:
    """Return the ratio of overdoses by three comparisons, in two invented towns."""
    columns = {}
    towns = {"does_nothing": (1.0, True), "halves_the_risk": (0.5, False)}
    for town, (effect, mixed) in towns.items():
        offered, weeks, overdose, rates = simulate_town(effect, mixed)
        none = overdose[~offered].mean()
        stayed = overdose[offered & (weeks > 26)].mean()
        columns[town] = [stayed / none, rates[0] / rates[1], overdose[offered].mean() / none]
    ways = [
        "six months or longer,\ncompared with no offer",
        "time in, compared with\ntime out of treatment",
        "all offered it at random,\ncompared with no offer",
    ]
    return pd.DataFrame({"comparison": ways, **columns})


def draw_three_ways(ratios: pd.DataFrame) -> Figure:
    """Draw three comparisons of the same two invented towns, on a ratio scale.

    ratios : columns comparison, does_nothing and halves_the_risk
    """

    def draw(ax: Axes, look: Look) -> None:
        ax.axvline(1, color=look.muted, lw=1.2, zorder=0)
        for y, row in enumerate(ratios.to_dict("records")):
            nothing, halves = row["does_nothing"], row["halves_the_risk"]
            ax.plot([nothing, halves], [y, y], color=look.faint, lw=4, zorder=0)
            ax.plot(nothing, y, "s", color=look.muted)
            ax.plot(halves, y, "o", color=look.second)
        ax.plot([], [], "s", color=look.muted, label="treatment does nothing")
        ax.plot([], [], "o", color=look.second, label="treatment halves the risk")
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.4, 1.0),
            ncols=1 if look.narrow else 2,
            handletextpad=0.1,
            columnspacing=0.8,
        )
        name_rows(ax, list(ratios["comparison"]))
        log_ticks(ax, 0.18, 1.3, {0.25: "a quarter", 0.5: "half", 1: "the same"})
        ax.set_xlabel("overdoses, as a multiple")

    table = ratios.assign(comparison=ratios["comparison"].str.replace("\n", " "))
    return show(
        draw,
        name="three-ways",
        title="In two invented towns, two of three comparisons favour a treatment that does "
        "nothing; only the randomised one tells the towns apart",
        subtitle="Overdoses as a multiple of those in the row's comparison, on a ratio scale, in "
        "invented towns.",
        sources=[INVENTED],
        alt="Ratio of overdoses by three comparisons in two invented towns. "
        + " ".join(
            f"{row['comparison']}: {row['does_nothing']:.2f} where treatment does nothing, "
            f"{row['halves_the_risk']:.2f} where it halves the risk."
            for row in table.to_dict("records")
        ),
        limits="What a treatment does in those who stay: the randomised comparison counts everyone "
        "who was offered it, so it answers only what the offer does. The towns are invented.",
        data=table.round(3),
        size=(5.2, 3.3),
    )


def ratios_besides_medicine() -> pd.DataFrame:
    """Return ratios with their intervals, turned so that above 1 favours the treatment."""
    rows = [
        ("tre-029", "methadone or none, newer trials:\nstayed in treatment", "steadier"),
        ("tre-025", "low-dose buprenorphine or placebo:\nstayed in treatment", "steadier"),
        ("tre-034", "counselling added to such a medicine:\nstayed in treatment", "steadier"),
        ("tre-042", "rewards, up to a year after they end:\nabstinent", "mixed"),
        ("tre-053", "twelve-step facilitation, alcohol only:\nabstinent a year on", "mixed"),
        ("tre-073", "Housing First:\nhad a home", "shakier"),
        ("tre-062", "exercise, smoking trials among them:\nabstinent", "shakier"),
        ("tre-069", "a mindfulness programme:\ndidn't return to use", "shakier"),
    ]
    effects = load_table("treatment_effects").set_index("id")
    columns = ["measure", "effect", "low", "high", "source_key"]
    chosen = pd.DataFrame(rows, columns=["id", "row", "behind_it"]).join(effects[columns], on="id")
    # This review counted returns to use, so 1 / ratio makes right better in every row.
    turned = chosen["id"] == "tre-069"
    upside_down = 1 / chosen.loc[turned, ["effect", "high", "low"]].to_numpy()
    chosen.loc[turned, ["effect", "low", "high"]] = upside_down
    return chosen


def draw_besides_medicine(chosen: pd.DataFrame) -> Figure:
    """Draw each ratio with its interval, marked by how strong the evidence behind it is.

    chosen : columns row, behind_it, effect, low and high
    """
    marker = {"steadier": "o", "mixed": "D", "shakier": "^"}

    def draw(ax: Axes, look: Look) -> None:
        colour = {"steadier": look.ink, "mixed": look.second, "shakier": look.muted}
        ax.axvline(1, color=look.muted, lw=1.2, zorder=0)
        for y, row in enumerate(chosen.to_dict("records")):
            tone = colour[row["behind_it"]]
            ends = (row["low"], row["high"], row["effect"])
            draw_interval(ax, y, *ends, tone, marker[row["behind_it"]])
        last = len(chosen)
        found = "no randomised trial found"
        ax.text(1.08, last, found, va="center", fontweight="bold")
        for name, shape in marker.items():
            ax.plot([], [], shape, color=colour[name], label=name)
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.4, 1.0),
            ncols=3,
            handletextpad=0.1,
            title="the evidence behind it (our reading)",
        )
        name_rows(ax, [*chosen["row"], "kratom use disorder,\nany of these"])
        log_ticks(ax, 0.4, 8, {0.5: "half", 1: "no change", 2: "double", 4: "4 times"})
        ax.set_xlabel("multiple; right of no change favours the treatment")

    table = chosen.assign(row=chosen["row"].str.replace("\n", " "))
    return show(
        draw,
        name="besides-medicine",
        title="Two medicines kept more people in treatment, most other rows have mixed or weaker "
        "evidence; for kratom use disorder we found no randomised trial",
        subtitle="Outcome with a treatment as a multiple of that in its comparison, on a ratio "
        "scale. Right of no change favours the treatment. Bars: 95% intervals.",
        sources=list(chosen["source_key"]),
        alt="Ratios with 95 percent intervals, for several outcomes. "
        + "; ".join(
            f"{row['row']}: {row['effect']:.2f} ({row['low']:.2f} to {row['high']:.2f}), "
            f"{row['behind_it']}"
            for row in table.to_dict("records")
        )
        + ". Kratom use disorder: no randomised trial found.",
        limits="Which help works best: the rows differ in outcome, people or comparison, so they "
        "can't be ranked by their distance from no change. Odds ratios lie further from no change "
        "than risk ratios. The first three rows are about people with opioid dependence, and none "
        "is about kratom. The row on counselling takes in other psychosocial treatments. The "
        "methadone and twelve-step rows were read second-hand.",
        data=table,
        size=(5.2, 5.3),
        narrow=560,
    )


def draw_family_trial(arms: pd.DataFrame) -> Figure:
    """Draw the share of people who entered treatment, out of 100, by their family's programme.

    arms : columns programme and percent
    """
    relatives = load_facts()["rec-224"].number

    def draw(axes: Sequence[Axes], look: Look) -> None:
        for ax, arm in zip(axes, arms.to_dict("records"), strict=True):
            draw_icons(ax, look, [(int(arm["percent"]), look.ink, True)], total=100)
            name = arm["programme"].replace(", ", ",\n")
            ax.set_title(f"{name}\n{arm['percent']:g}%", loc="left")

    return show(
        draw,
        name="family-trial",
        title="In one trial on alcohol, about two thirds of those whose families were assigned to "
        "CRAFT entered treatment, more than twice the share with either other programme",
        subtitle="Each dot stands for one in a hundred of the people with a drinking problem. "
        "Filled: entered treatment.",
        sources=["rec-209", "rec-210", "rec-211", "rec-224"],
        alt="Three grids of a hundred dots; filled dots are people who entered treatment. "
        + "; ".join(
            f"{arm['programme']}: {arm['percent']:g} percent" for arm in arms.to_dict("records")
        )
        + ".",
        limits="How it would go with opioids or kratom: this is one trial on alcohol, with "
        f"{relatives:.0f} relatives in three groups, drawn as shares of 100, so each dot is fewer "
        "than one family. Families are counted as assigned, whether or not they did what they "
        "were taught.",
        data=arms,
        columns=3,
        size=(5.2, 2.5),
    )


def draw_attempts(attempts: pd.Series, median: float, mean: float) -> Figure:
    """Draw how many people of a simulated crowd needed each number of attempts.

    attempts     : serious attempts of each simulated person
    median, mean : of the survey that the crowd was made from
    """
    heights = [100 * (attempts == number).mean() for number in range(1, 15)]
    heights += [100 * (attempts >= 15).mean()]

    def draw(ax: Axes, look: Look) -> None:
        ax.bar(range(1, 16), heights, width=0.7, color=look.second, alpha=0.8)
        ax.axvline(median, color=look.ink, lw=2)
        ax.axvline(mean, color=look.muted, lw=2, ls="--")
        ax.text(median + 0.15, 43, f"median {median:g}", color=look.ink, va="center")
        ax.text(mean + 0.2, 36, f"mean {mean:g}", color=look.muted, va="center")
        line = {"arrowstyle": "-", "color": look.muted}
        ax.annotate(
            "15 or more",
            (15, heights[-1] + 0.5),
            (12.6, 17),
            ha="center",
            color=look.muted,
            arrowprops=line,
        )
        ax.set(xlim=(0.3, 15.7), ylim=(0, 47), xlabel="serious attempts")
        ax.set_title("% of the simulated crowd", loc="left")
        ax.set_xticks([1, 2, 5, 10, 15], ["1", "2", "5", "10", "15+"])

    return show(
        draw,
        name="attempts",
        title="In a simulated crowd with the survey's median and mean, most people needed fewer "
        "attempts than the mean, because a few with very many pull it up",
        subtitle="Serious attempts until the problem was resolved, % of a crowd simulated from the "
        "median and mean of a survey.",
        sources=["rec-107", "rec-108", MODEL],
        alt=f"Bars of a simulated crowd with the survey's median of {median:g} and mean of "
        f"{mean:g} attempts. {heights[0]:.0f} percent needed one attempt, {heights[1]:.0f} percent "
        f"two; the bars fall to the right, and {heights[-1]:.0f} percent needed 15 or more. "
        f"{100 * (attempts < mean).mean():.0f} percent lie below the mean.",
        limits="How many people in the survey needed each number: the bars are simulated from two "
        "published numbers. Only people whose problem was resolved were asked about attempts, and "
        "they had to remember; people still trying, or who died, aren't behind the numbers.",
        data=pd.DataFrame(
            {"attempts": [*map(str, range(1, 15)), "15+"], "percent": np.round(heights, 2)}
        ),
        size=(5.2, 3.3),
    )


def treated_shares() -> pd.DataFrame:
    """Return four shares of people in need of treatment who got it, from one US survey."""
    rows = [
        ("2021: at a specialty facility", "rec-120"),
        ("2022: in need by another definition", "rec-129"),
        ("2022: also groups, medicines, telehealth", "rec-117"),
        ("2022: a medicine, opioid use disorder, adults", "rec-114"),
    ]
    return fact_numbers(rows, ["what_was_counted", "percent"], facts=1)


def draw_treatment_gap(gap: pd.DataFrame) -> Figure:
    """Draw the share of people in need who were treated, by what was counted.

    gap : columns what_was_counted and percent
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(gap.to_dict("records")):
            share = row["percent"]
            ax.plot([0, share], [y, y], color=look.faint, lw=5, zorder=0, solid_capstyle="butt")
            ax.plot(share, y, "o", color=look.ink)
            ax.text(share + 1.2, y, f"{share:g}%", va="center")
            ax.text(0, y - 0.36, row["what_was_counted"], va="center")
        ax.set(xlim=(0, 40), ylim=(len(gap) - 0.6, -0.7), xlabel="of those in need, % who got it")
        ax.set_xticks([0, 10, 20, 30])
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)

    return show(
        draw,
        name="treatment-gap",
        title="One US survey: {:.0f}, {:.0f}, {:.0f} or {:.0f} percent of people in need were "
        "treated, depending on the year and on who and what is counted".format(*gap["percent"]),
        subtitle="People treated, % of those in need, by what was counted in one US survey.",
        sources=["rec-114", "rec-117", "rec-120", "rec-129"],
        alt="Four shares of people in need of treatment in the United States who got it, from the "
        "same national survey. "
        + "; ".join(
            f"{row['what_was_counted']}: {row['percent']:g} percent"
            for row in gap.to_dict("records")
        )
        + ".",
        limits="A trend: the rows differ in year, in who counts as in need and in what counts as "
        "treatment. No row is about kratom.",
        data=gap,
        size=(5.2, 3.2),
    )


def draw_criteria_met(share: dict[str, float]) -> Figure:
    """Draw a sample as a hundred dots, by whether people met the criteria of a use disorder.

    share : per cent of the sample for "never", "earlier, not now" and "in the past year"
    """
    dots = [models.whole_people(share[name] / 100, 100) for name in ("never", "earlier, not now")]
    dots.append(100 - sum(dots))

    def draw(ax: Axes, look: Look) -> None:
        marks = [(look.muted, False), (look.second, True), (look.ink, True)]
        groups = [(count, *mark) for count, mark in zip(dots, marks, strict=True)]
        draw_icons(ax, look, groups, total=100, per_row=20)
        places = (-5.6, -6.8, -8.0)
        for y, (colour, filled), name in zip(places, marks, share, strict=True):
            ax.plot(0, y, "o", color=colour, mfc=colour if filled else "none", markersize=8)
            ax.text(0.7, y, f"{name}: {share[name]:g}%", va="center")
        ax.set(xlim=(-0.8, 20.2), ylim=(-8.6, 0.7))

    return show(
        draw,
        name="who-has-it",
        title="In one online sample about half of those who had ever used kratom had never met the "
        "criteria, and three in ten did in the past year",
        subtitle="People in one online sample who had ever used kratom, by when they met the "
        "criteria of a use disorder.",
        sources=["rec-190", "rec-191", "EV046"],
        alt="A hundred dots in rows of twenty. "
        + "; ".join(f"{name}: {value:g} percent" for name, value in share.items())
        + ". The dots are rounded to whole people.",
        limits="How common the disorder is among all who use kratom: these are 129 US adults who "
        "chose to answer online, drawn as 100. They were asked before the wide sale of "
        "concentrated 7-OH.",
        data=pd.DataFrame({"criteria_met": list(share), "percent": list(share.values())}),
        size=(5.2, 2.35),
    )


def label_experiments() -> pd.DataFrame:
    """Return what a label did to each outcome, one column for each of three studies."""
    facts = load_facts()
    columns = {
        f"clinicians,\n{facts['rec-132'].number:.0f}": ["worse", "same", "same", "no result read"],
        f"adults,\n{facts['rec-133'].number:.0f}": ["worse", "worse", *["no result read"] * 2],
        f"volunteers,\n{facts['rec-134'].number:,.0f}": [*["no result read"] * 3, "worse"],
    }
    outcomes = [
        "to blame, or to\nbe punished",
        "a threat",
        "in need of help\nas a victim",
        "negative\nassociations",
    ]
    return pd.DataFrame(columns, index=outcomes)


def draw_labels(found: pd.DataFrame) -> Figure:
    """Draw a grid of outcomes and studies, with a dot where a label made things worse.

    found : "worse", "same" or "no result read"; rows are outcomes, columns are studies
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(found.to_numpy()):
            for x, what in enumerate(row):
                if what == "worse":
                    ax.plot(x, y, "o", color=look.ink, markersize=13)
                    continue
                words, colour = {
                    "same": ("no difference", look.ink),
                    "no result read": ("no result read", look.muted),
                }[what]
                ax.text(x, y, words, color=colour, ha="center", va="center")
        ax.plot([], [], "o", color=look.ink, label="worse with the label")
        ax.legend(loc="upper center", bbox_to_anchor=(0.35, -0.02), handletextpad=0.2)
        ax.set(xlim=(-0.6, 2.6), ylim=(3.6, -0.6))
        ax.set_xticks(range(3), list(found.columns))
        ax.set_yticks(range(4), list(found.index))
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)

    table = found.rename(index=on_one_line, columns=on_one_line)
    clinicians, adults, volunteers = (name.split(", ")[1] for name in table.columns)
    return show(
        draw,
        name="one-word",
        title="One label raised blame in two studies; no difference was found on two of three "
        "scales in clinicians",
        subtitle="The label “substance abuser” in three studies. Dot: worse with the label.",
        sources=["rec-132", "rec-133", "rec-134"],
        alt=f"Three studies. {clinicians} clinicians: more blame and punishment with the label "
        "\u201csubstance abuser\u201d, and no difference found for threat and for need of help. "
        f"{adults} adults: more blame and more threat. "
        f"{volunteers} volunteers in seven groups: negative associations with that label and "
        "others.",
        limits="What a label does to a patient: people filled in a form about someone they'd read "
        "of, or did a task with words, and nobody measured how a patient fared. The studies didn't "
        "ask the same questions, and the volunteers were in seven groups, each given other words.",
        data=table.rename_axis("outcome").reset_index(),
        size=(5.2, 3.5),
    )


def on_one_line(name: str) -> str:
    """Return a label without its line break."""
    return name.replace("\n", " ")
