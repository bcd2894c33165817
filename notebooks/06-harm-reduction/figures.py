"""The figures of chapter 6: each function takes the rows that it draws and returns the figure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

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
from kratomcourse.evidence import load_facts

KINDS = {  # of help lines, from top to bottom
    "emergency": "emergency",
    "crisis": "crisis",
    "poison": "poison",
    "drugs": "drugs",
    "company": "company",
    "health": "health advice",
    "directory": "directories",
}


def effects(rows: list[tuple[str, str]], label: str) -> pd.DataFrame:
    """Return the ratio and interval of each (name, fact): columns `label`, ratio, low, high."""
    facts = load_facts()
    return pd.DataFrame(
        [(name, facts[fact].number, *facts[fact].bounds) for name, fact in rows],
        columns=[label, "ratio", "low", "high"],
    )


def in_words(effect: dict[Any, Any]) -> str:
    """Return a ratio with its interval behind it, in brackets."""
    return f"{effect['ratio']:.2f} ({effect['low']:.2f} to {effect['high']:.2f})"


def with_capital(text: str) -> str:
    """Return a label as the beginning of a sentence."""
    return text[0].upper() + text[1:]


def one_line(text: str) -> str:
    """Return a label of a drawing without its line breaks."""
    return text.replace("\n", " ")


def steps_of_the_road(advice: pd.DataFrame) -> pd.DataFrame:
    """Return five points between use and not going back, each with a piece of advice.

    advice  : rows of advice.csv, by id
    returns : columns where, advice, example, harm_reduction and just_stop
    """
    examples = {
        "using as before": "adv-09",
        "using with less risk": "adv-03",
        "using less": "adv-02",
        "stopping": "adv-14",
        "not going back": "adv-17",
    }
    steps = pd.DataFrame({"where": list(examples), "advice": list(examples.values())})
    steps["example"] = steps["advice"].map(advice["short"])
    steps["harm_reduction"] = True
    steps["just_stop"] = steps["where"].isin(["stopping", "not going back"])
    return steps


def draw_road(steps: pd.DataFrame) -> Figure:
    """Draw at which points of the road harm reduction and "just stop" have something to say.

    steps : as from `steps_of_the_road`
    """
    reached = steps.index[steps["just_stop"]]

    def draw(ax: Axes, look: Look) -> None:
        ax.plot([0.5, 0.5], [0, len(steps) - 1], color=look.ink, lw=4, zorder=0)
        ax.plot([0.72, 0.72], [reached[0], reached[-1]], color=look.muted, lw=4, zorder=0)
        for y, step in enumerate(steps.to_dict("records")):
            ax.plot(0.5, y, "o", color=look.ink, ms=13)
            if step["just_stop"]:
                ax.plot(0.72, y, "s", color=look.muted, ms=11)
            ax.text(0.42, y, step["where"], ha="right", va="center")
            ax.text(0.82, y, step["example"], va="center", color=look.muted)
        heads = ((0.5, "harm\nreduction", look.ink), (0.72, "“just\nstop”", look.muted))
        for (x, name, tone), side in zip(heads, ("right", "center"), strict=True):
            place = x + 0.04 if side == "right" else x
            ax.text(place, -0.75, name, ha=side, va="bottom", color=tone)
        ax.text(0.84, -0.75, "a piece of advice", va="bottom", color=look.muted)
        ax.set(xlim=(-0.04, 1.44), ylim=(len(steps) - 0.4, -1.9))
        ax.axis("off")

    return show(
        draw,
        name="road",
        title="Harm reduction has something to say at all five points of the road; “just stop” at "
        "the last two",
        subtitle="Five points from using as before to not going back, and who speaks to each.",
        sources=["advice.csv"],
        alt=f"Five points of a road: {', '.join(steps['where'])}. Harm reduction has a mark at all "
        "five. The message to just stop has a mark at the last two only. Each point has a piece "
        f"of advice: {', '.join(steps['example']).lower()}.",
        limits="How people really move. The road is an idea, with no data in it, and nobody has to "
        "move along it in order, or at all.",
        data=steps,
        size=(5.2, 3.2),
    )


def naloxone_programmes() -> pd.DataFrame:
    """Return the four rate ratios of the Massachusetts study: group, adjusted, low, high, crude."""
    facts = load_facts()
    rows = [  # group, adjusted fact, crude fact; two models of two groups each
        ("some enrolled", "rec-012", "harm-104"),
        ("many enrolled", "rec-013", "harm-105"),
        ("below the median", "harm-106", "harm-118"),
        ("above the median", "rec-014", "harm-107"),
    ]
    return pd.DataFrame(
        [
            (group, facts[adjusted].number, *facts[adjusted].bounds, facts[crude].number)
            for group, adjusted, crude in rows
        ],
        columns=["group", "adjusted", "low", "high", "crude"],
    )


def draw_programmes(programmes: pd.DataFrame) -> Figure:
    """Draw adjusted and crude rate ratios of opioid overdose deaths, in two models.

    programmes : as from `naloxone_programmes`
    """

    def draw(ax: Axes, look: Look) -> None:
        heights = [0, 1, 2.6, 3.6]
        ax.axvline(1, color=look.muted, lw=1)
        for y, row in zip(heights, programmes.to_dict("records"), strict=True):
            draw_interval(ax, y, row["low"], row["high"], row["adjusted"], look.ink)
            ax.plot(row["crude"], y, "|", color=look.muted, mew=2.4, ms=15)
            ax.text(1.12, y, f"{row['adjusted']:.2f}", va="center")
        small: dict[str, Any] = {"color": look.muted, "va": "center"}
        lift = 0.2 if look.narrow else 0
        ax.text(0.36, -0.75 - lift, "First model: enrolled per 100,000", **small)
        ax.text(0.36, 1.85 - lift, "Second model: by the median", **small)
        name_rows(ax, list(programmes["group"]), heights)
        log_ticks(ax, 0.35, 1.3, {0.5: "half", 0.7: "0.7", 1: "same"})
        ax.set(ylim=(4.2, -1.3), xlabel="deaths compared with no programme; left is fewer")
        ax.plot([], [], "o", color=look.ink, label="adjusted, 95% CI")
        ax.plot([], [], "|", color=look.muted, mew=2.4, ms=15, label="crude")
        ax.legend(
            loc="upper center",
            ncols=2,
            bbox_to_anchor=(0.35, 1.14),
            handletextpad=0.2,
            columnspacing=1,
        )

    rows = (
        f"{row['group'].capitalize()}: {row['adjusted']:.2f} ({row['low']:.2f} to "
        f"{row['high']:.2f}), crude {row['crude']:.2f}."
        for row in programmes.to_dict("records")
    )
    return show(
        draw,
        name="naloxone-programmes",
        title="In Massachusetts, naloxone programmes went with lower adjusted rates of opioid "
        "overdose death in each of two models",
        subtitle="Opioid overdose deaths compared with places and years without a programme. "
        "Circle: adjusted, with its 95% interval; tick: before adjustment.",
        sources=[
            "rec-012",
            "harm-104",
            "rec-013",
            "harm-105",
            "harm-106",
            "harm-118",
            "rec-014",
            "harm-107",
        ],
        alt="Four rate ratios of opioid overdose deaths against no programme, adjusted, with 95 "
        f"percent intervals. {' '.join(rows)} The interval of the last one includes 1.",
        limits="Whether the programmes made the difference. Nobody assigned the nineteen "
        "communities at random, other things may have changed in the same years, and the "
        "adjustment decides a good deal. The deaths are from opioids, so this is an analogy for "
        "kratom.",
        data=programmes,
        size=(5.2, 3.9),
    )


def services() -> pd.DataFrame:
    """Return seven pooled ratios of services: what, ratio, low, high and the GRADE certainty."""
    rows = [
        ("agonist treatment:\ndeath, any cause", "rec-076"),
        ("agonist treatment:\nhepatitis C", "rec-017"),
        ("syringes: hepatitis C,\nall regions", "rec-018"),
        ("syringes: hepatitis C,\nEurope", "rec-019"),
        ("both: hepatitis C", "rec-020"),
        ("syringes: HIV,\n12 studies", "rec-021"),
        ("syringes: HIV,\n6 better studies", "rec-022"),
    ]
    facts = load_facts()
    notes = pd.Series([facts[fact].note for _, fact in rows])
    certainty = notes.str.extract(r"GRADE (very low|low)")[0].fillna("not seen")
    return effects(rows, "what").assign(certainty=certainty)


def draw_services(pooled: pd.DataFrame) -> Figure:
    """Draw pooled ratios of syringe services and agonist treatment with their certainty.

    pooled : as from `services`
    """

    def draw(ax: Axes, look: Look) -> None:
        ax.axvline(1, color=look.muted, lw=1)
        for y, row in enumerate(pooled.to_dict("records")):
            draw_interval(ax, y, row["low"], row["high"], row["ratio"], look.ink)
            ax.text(2.1, y, row["certainty"], va="center", color=look.ink)
        ax.text(2.1, -0.8, "certainty", va="center", color=look.muted)
        name_rows(ax, list(pooled["what"]))
        words = {0.1: "a tenth", 0.25: "quarter", 0.5: "half", 1: "same", 2: "double"}
        log_ticks(ax, 0.06, 6, words)
        ax.set(ylim=(len(pooled) - 0.4, -1.2), xlabel="compared with none or less; left is fewer")

    flat = pooled.assign(what=pooled["what"].map(one_line))
    rows = (
        f"{with_capital(row['what'])}: {in_words(row)}, certainty {row['certainty']}."
        for row in flat.to_dict("records")
    )
    return show(
        draw,
        name="services",
        title="Agonist treatment went with fewer deaths and less hepatitis C; syringes with less "
        "of it in Europe, unclear overall",
        subtitle="Outcome with a service compared with none or less of it, as a ratio. Bars: 95% "
        "intervals. Right: certainty by GRADE.",
        sources=["rec-017", "rec-018", "rec-019", "rec-020", "rec-021", "rec-022", "rec-076"],
        alt=f"Seven pooled ratios with 95 percent intervals. {' '.join(rows)}",
        limits="Whether a service made the difference. These studies were observational, and "
        "people who come to a service may differ from people who don't. For hepatitis C, syringes "
        "means high coverage. All of it is about opioids or injecting, so it's an analogy for "
        "kratom.",
        data=flat,
        size=(4.4, 4.7),
    )


def draw_before_after(deaths: np.ndarray, years: np.ndarray) -> Figure:
    """Draw a series of deaths, its old trend carried on, and the means before and after year 0.

    deaths : count a year
    years  : of the same length; the service opens in year 0
    """
    after = years >= 0
    slope, level = np.polyfit(years[~after], np.log(deaths[~after]), 1)
    carried_on = np.exp(level + slope * years)

    def draw(ax: Axes, look: Look) -> None:
        ax.axvline(-0.5, color=look.muted, lw=1)
        ax.text(-0.7, 215, "service opens", color=look.muted, va="top", ha="right")
        gap = (deaths[after], carried_on[after])
        ax.fill_between(years[after], *gap, color=look.muted, alpha=0.2, lw=0)
        ax.plot(years[~after], carried_on[~after], color=look.muted)
        ax.plot(years[after], carried_on[after], "--", color=look.muted)
        ax.plot(years, deaths, "o", color=look.ink)
        for side, x0, x1 in ((~after, -8, -1), (after, 0, 7)):
            ax.plot([x0, x1], [deaths[side].mean()] * 2, ":", color=look.ink, lw=2.4)
        ax.text(-8.2, deaths[~after].mean() + 6, "mean before", va="bottom")
        ax.text(7.2, deaths[after].mean() - 12, "mean after", va="top", ha="right")
        ax.text(
            2.9,
            178,
            "old trend\ncarried on",
            color=look.muted,
            ha="right",
            va="center",
        )
        ax.set(xlim=(-8.5, 7.6), ylim=(0, 225), xlabel="year")
        ax.set_ylabel("deaths a year (invented)")
        ax.set_xticks([-8, -4, 0, 4])

    naive = deaths[after].mean() / deaths[~after].mean()
    against_trend = deaths[after].sum() / carried_on[after].sum()
    return show(
        draw,
        name="before-after",
        title="Invented town: mean deaths rose after the service opened, though it prevented "
        "three in ten",
        subtitle="Deaths a year in a town we made up, before and after a service opens. Dots: "
        "counted; dashed: what the old trend would have become.",
        sources=[INVENTED],
        alt="An invented town over sixteen years. Deaths rise before and after a service opens. "
        f"The mean after is {naive:.2f} times the mean before. Set against the old trend carried "
        f"on, deaths after are {against_trend:.2f} times what was to be expected; the truth built "
        "in was 0.70.",
        limits="What a service does in a real town. The numbers are invented, and in a real town "
        "nobody can see whether the old trend would have gone on. A similar place without the "
        "service helps.",
        data=pd.DataFrame({"year": years, "deaths": deaths, "old_trend": carried_on.round(1)}),
        size=(5.2, 3.4),
    )


def draw_skane(skane: pd.DataFrame) -> Figure:
    """Draw two rate ratios of deaths in Skåne, each for its own comparison.

    skane : columns comparison, ratio, low and high
    """

    def draw(ax: Axes, look: Look) -> None:
        ax.axvline(1, color=look.muted, lw=1)
        for y, row in enumerate(skane.to_dict("records")):
            draw_interval(ax, y, row["low"], row["high"], row["ratio"], look.ink)
            ax.text(row["high"] * 1.03, y, f"{row['ratio']:.2f}", va="center")
        name_rows(ax, ["against " + one_line(name) for name in skane["comparison"]])
        log_ticks(ax, 0.75, 1.9, {0.8: "0.8", 1: "same", 1.25: "1.25", 1.6: "1.6"})
        ax.set_xlabel("deaths, as a ratio; left is fewer")

    flat = skane.assign(comparison=skane["comparison"].map(one_line))
    rows = (
        f"{with_capital(row['comparison'])}: {in_words(row)}." for row in flat.to_dict("records")
    )
    return show(
        draw,
        name="skane",
        title="One study of one county: no clear change compared with its own past, and a yearly "
        "relative fall beside the rest of the country",
        subtitle="Drug deaths in Skåne after agonist treatment became easier to enter, as a ratio. "
        "Bars: 95% intervals.",
        sources=["harm-108", "harm-109"],
        alt="Two rate ratios of deaths in Skåne with 95 percent intervals, each for what it's "
        f"compared with. {' '.join(rows)}",
        limits="What the reform alone did. The two rows count different deaths, opioid-related "
        "ones and all unintentional drug deaths, and the second is a change for each year. A later "
        "paper calls that change a smaller rise than elsewhere, and over more years found no "
        "significant difference from other counties. One county and one reform: an analogy for "
        "kratom.",
        data=flat,
        size=(5.2, 2.4),
    )


def ranked_advice(advice: pd.DataFrame) -> pd.DataFrame:
    """Return the advice that has a rung, the highest on kratom first, with that rung as `best`.

    advice : rows of advice.csv, by id
    """
    rungs = ["rung_kratom", "rung_other"]
    ranked = advice.dropna(subset=rungs, how="all").copy()
    ranked[rungs] = ranked[rungs].astype(float)
    ranked["best"] = ranked["rung_kratom"].fillna(0).astype(int)
    order = ["best", "rung_other", "short"]
    return ranked.sort_values(order, ascending=[False, False, True], na_position="last")


def draw_ladder(ranked: pd.DataFrame) -> Figure:
    """Draw each piece of advice on its rung, for kratom and for other substances.

    ranked : as from `ranked_advice`
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(ranked.to_dict("records")):
            ax.axhline(y, color=look.faint, lw=0.8, zorder=0)
            if not pd.isna(row["rung_other"]):
                ax.plot(row["rung_other"], y, "^", color=look.muted, ms=9)
            if not pd.isna(row["rung_kratom"]):
                size = 8 if row["rung_other"] != row["rung_kratom"] else 4
                ax.plot(row["rung_kratom"], y, "o", color=look.ink, ms=size)
        ax.plot([], [], "o", color=look.ink, label="on kratom or 7-OH")
        ax.plot([], [], "^", color=look.muted, ms=9, label="analogy")
        ax.legend(loc="upper left", ncols=2, bbox_to_anchor=(0, -0.005), handletextpad=0.2)
        ax.set(xlim=(0.5, 5.5), ylim=(len(ranked) - 0.4, -1 if look.narrow else -0.6))
        ax.set_yticks(range(len(ranked)), ranked["short"])
        rungs = ["caution", "cases,\nexperts", "counts", "one com-\nparison", "pooled"]
        ax.set_xticks(range(1, 6), rungs)
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
        ax.spines[["left", "bottom"]].set_visible(False)

    top = ranked[ranked["best"] == ranked["best"].max()]
    count = {1: "Only one piece"}.get(len(top), f"{len(top)} pieces")
    reach = "reaches" if len(top) == 1 else "reach"
    borrowed = ranked[ranked["rung_other"] == 5]["short"]
    return show(
        draw,
        name="ladder",
        title=f"{count} of our advice {reach} the rung of a comparison with kratom and without; "
        "the highest rung is borrowed from other substances",
        subtitle="What each ranked piece of advice rests on, from caution to pooled studies. "
        "Circle: on kratom or 7-OH; triangle: on other substances.",
        sources=["advice.csv", "Our own reading."],
        alt=f"{len(ranked)} pieces of advice on five rungs from caution to pooled comparisons. On "
        f"kratom or 7-OH, {', '.join(top['short'])} is on rung 4; "
        f"{', '.join(ranked[ranked['best'] == 3]['short'])} on rung 3; "
        f"{(ranked['best'] == 2).sum()} pieces on rung 2 and {(ranked['best'] == 1).sum()} on "
        f"rung 1. By analogy, {', '.join(borrowed)} reach rung 5.",
        limits="How important a piece of advice is, or whether another kind of study would agree. "
        "A rung says what kind of evidence there is. The rungs are our judgement and open to "
        "argument.",
        data=ranked.reset_index()[["id", "short", "rung_kratom", "rung_other"]],
        size=(4.4, 6.4),
        narrow=900,
    )


def draw_calls(alone: float, mixed: float) -> Figure:
    """Draw two shares of calls with a serious outcome as icon arrays of a hundred calls each.

    alone, mixed : per cent of the calls about kratom alone, and with other medicines
    """
    facts = load_facts()
    percent = [alone, mixed]
    counts = pd.DataFrame(
        {
            "taken": ["kratom alone", "with other medicines"],
            "percent": percent,
            "of_100_calls": [models.whole_people(share / 100, 100) for share in percent],
        }
    )

    def draw(axes: np.ndarray, look: Look) -> None:
        for ax, row in zip(axes, counts.to_dict("records"), strict=True):
            draw_icons(ax, look, [(row["of_100_calls"], look.ink, True)])
            ax.set_title(f"{row['taken']}:\n{row['of_100_calls']} of 100 calls")

    few, many = counts["of_100_calls"]
    return show(
        draw,
        name="calls-mixed",
        title=f"Serious outcomes in {few} of a hundred calls with kratom alone, and in {many} of a "
        "hundred with other medicines",
        subtitle="Each dot is one of 100 calls to the poison centres of Georgia and Alabama. "
        "Filled: a serious outcome.",
        sources=["rec-038", "rec-039", "harm-141"],
        alt=f"Two icon arrays of one hundred calls each. With kratom alone {few} of 100 had a "
        f"serious outcome ({alone} percent); with other medicines {many} of 100 ({mixed} percent).",
        limits="How often people who use kratom come to harm. A dot is a call, not a person, and "
        f"not every harm leads to a call. The two groups were {facts['harm-141'].value} calls "
        "together, and each is drawn as if it had been a hundred.",
        data=counts,
        size=(4.4, 2.8),
        columns=2,
    )


def draw_who_calls(seen: float, low: float, high: float) -> Figure:
    """Draw which odds ratio remains if mild calls about kratom alone come in more readily.

    seen, low, high : the published odds ratio with its interval
    """
    readiness = np.logspace(np.log10(0.5), np.log10(5), 100)

    def draw(ax: Axes, look: Look) -> None:
        ax.axhline(1, color=look.muted, lw=1)
        band = (low / readiness, high / readiness)
        ax.fill_between(readiness, *band, color=look.muted, alpha=0.2, lw=0)
        ax.plot(readiness, seen / readiness, "--", color=look.ink)
        ax.plot(1, seen, "o", color=look.ink)
        ax.text(1.08, seen * 1.04, f"as published: {seen:.2f}", va="bottom")
        ax.text(seen * 1.08, 1.06, "nothing left", va="bottom")
        ax.set(xscale="log", yscale="log", xlim=(0.5, 5), ylim=(0.4, 6))
        ax.set_ylabel("odds ratio that remains")
        ax.set_xlabel("mild calls about kratom alone come in\nthis many times as readily")
        ax.set_xticks([0.5, 1, 2, 4], ["half", "same", "twice", "4 times"])
        ax.set_yticks([0.5, 1, 2, 4], ["half", "same", "2", "4"])
        ax.minorticks_off()

    return show(
        draw,
        name="who-calls",
        title=f"If mild calls came in {seen:.2f} times as readily about kratom alone as about "
        "mixtures, the link with mixing would vanish",
        subtitle="Odds ratio that would remain, by how readily mild calls about kratom alone come "
        "in. Dashed: a model; band: 95% interval.",
        sources=["risk-034", MODEL],
        alt="A falling line: the odds ratio that remains when mild calls about kratom alone are "
        "made more readily than mild calls about mixtures. At equal readiness it is "
        f"{seen:.2f} ({low:.2f} to {high:.2f}). At {seen:.2f} times the readiness it is 1, and "
        f"with the interval between {low:.2f} and {high:.2f} times.",
        limits="How readily people really call: that wasn't measured, and serious calls are taken "
        "to come in alike. If mild calls about mixtures came in more readily, mixing would be "
        "worse than published.",
        data=pd.DataFrame(
            {
                "readiness": readiness,
                "remaining": seen / readiness,
                "low": low / readiness,
                "high": high / readiness,
            }
        ).iloc[::9],
        size=(5.2, 3.4),
    )


def draw_interaction(study: pd.DataFrame) -> Figure:
    """Draw the exposure to two test medicines with kratom, where without is 100.

    study : columns medicine, ratio, low and high (90% interval)
    """

    def draw(ax: Axes, look: Look) -> None:
        ax.axvline(100, color=look.muted, lw=1)
        for y, row in enumerate(study.to_dict("records")):
            low, middle, high = (100 * row[column] for column in ("low", "ratio", "high"))
            draw_interval(ax, y, low, high, middle, look.ink)
            ax.text(high * 1.03, y, f"{middle:.0f}", va="center")
        name_rows(ax, list(study["medicine"]))
        log_ticks(ax, 70, 190, {80: "80", 100: "100: no change", 125: "125", 160: "160"})
        ax.set_xlabel("exposure to the medicine, % of that without kratom")

    flat = study.assign(medicine=study["medicine"].map(one_line))
    rows = (
        f"{row['medicine']}: {100 * row['ratio']:.0f} ({100 * row['low']:.0f} to "
        f"{100 * row['high']:.0f})."
        for row in flat.to_dict("records")
    )
    return show(
        draw,
        name="interaction",
        title="One low serving of leaf tea raised exposure to one test medicine and showed no "
        "clear change in another",
        subtitle="Exposure to a medicine after one leaf tea, % of that without. Bars: 90% "
        "intervals.",
        sources=["ph131", "ph133"],
        alt="Exposure with kratom where exposure without is 100, with 90 percent intervals. "
        + " ".join(rows),
        limits="What daily use, extracts or concentrated 7-OH do, or what happens to other "
        "medicines. Twelve healthy adults had one low serving of leaf tea and two test medicines.",
        data=flat,
        size=(4.4, 2.5),
    )


def draw_checking(checking: pd.DataFrame, total: int, snapshot: int) -> Figure:
    """Draw what studies of drug checking looked at, as bars out of all studies.

    checking : columns studies_that and count
    total    : all studies of the review
    snapshot : how many of them took a single look in time
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(checking.to_dict("records")):
            ax.barh(y, total, color=look.faint, height=0.55)
            ax.barh(y, row["count"], color=look.ink, height=0.55)
            ax.text(0, y - 0.42, row["studies_that"], va="bottom")
            ax.text(row["count"] + 1.5, y, f"{row['count']:.0f}", va="center")
        ax.set(xlim=(0, total), ylim=(2.5, -0.9))
        ax.set_xlabel(f"of {total:.0f} studies (a study may count twice)")
        ax.set_yticks([])
        ax.set_xticks([0, 30, 60, 90])
        ax.spines["left"].set_visible(False)

    bars = ", ".join(
        f"{row['count']:.0f} {row['studies_that']}" for row in checking.to_dict("records")
    )
    return show(
        draw,
        name="drug-checking",
        title="In one review, most studies of drug checking watch the market; about a third report "
        "on behaviour",
        subtitle="What 90 studies of drug checking looked at. One study may count twice.",
        sources=["harm-115", "harm-116", "harm-119", "rec-027", "rec-028"],
        alt=f"Three bars out of {total:.0f} studies: {bars}. In all, {snapshot:.0f} of the "
        f"{total:.0f} took a single look in time.",
        limits="What checking changed: this is a count of studies, not of effects. "
        f"{snapshot:.0f} of {total:.0f} took one look in time, so they can hardly show a change. "
        "None of these headings is deaths, and none is kratom.",
        data=checking,
        size=(4.4, 3.0),
    )


def given_naloxone() -> pd.DataFrame:
    """Return the people in print who were given naloxone: report, responded, did_not."""
    facts = load_facts()
    return pd.DataFrame(
        [
            ("kratom, Michigan", facts["rec-032"].number, 0),
            ("kratom, Czech series", facts["harm-101"].number, facts["harm-102"].number),
            ("kratom, US case report", facts["harm-127"].number, 0),
            ("7-OH tablets, case report", 1, 0),  # ph143: its number is not a count
        ],
        columns=["report", "responded", "did_not"],
    ).astype({"responded": int, "did_not": int})


def draw_given_naloxone(people: pd.DataFrame) -> Figure:
    """Draw a mark for each person in print: a dot who responded, a cross who did not.

    people : as from `given_naloxone`
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(people.to_dict("records")):
            for x in range(row["responded"]):
                ax.plot(0.9 + 0.32 * x, y, "o", color=look.ink, ms=15)
            for x in range(row["responded"], row["responded"] + row["did_not"]):
                ax.plot(0.9 + 0.32 * x, y, "x", color=look.muted, mew=3, ms=13)
            ax.text(0.68, y, row["report"], ha="right", va="center")
        ax.plot([], [], "o", color=look.ink, ms=11, label="responded")
        ax.plot([], [], "x", color=look.muted, mew=3, ms=10, label="did not")
        ax.legend(loc="upper right", ncols=2, handletextpad=0.2, bbox_to_anchor=(1.0, 1.16))
        ax.set(xlim=(-0.75, 1.9), ylim=(len(people) - 0.4, -0.8))
        ax.axis("off")

    yes, no = people["responded"].sum(), people["did_not"].sum()
    rows = (
        f"{with_capital(row['report'])}: {row['responded']} responded"
        + (f" and {row['did_not']} did not." if row["did_not"] else ".")
        for row in people.to_dict("records")
    )
    return show(
        draw,
        name="naloxone-people",
        title=f"Naloxone after kratom or 7-OH: the {yes + no} people in print that one search "
        "found",
        subtitle="Each mark is one person in print who was given naloxone after kratom or 7-OH.",
        sources=["rec-032", "harm-101", "harm-102", "harm-127", "ph143"],
        alt=f"A mark for each person. {' '.join(rows)} In all {yes} responded and {no} did not.",
        limits="How often naloxone works: each case is here because someone chose to report it and "
        "we found it. In some of them other substances can't be ruled out, and the Czech abstract "
        "doesn't say how many got naloxone. A seventh person, found a day later, hardly responded "
        "and isn't drawn.",
        data=people,
        size=(4.4, 2.7),
    )


def draw_age_of_lines(lines: pd.DataFrame, edition: pd.Timestamp) -> Figure:
    """Draw the date of the page on which each help line was read, by kind.

    lines   : rows of help_lines.csv
    edition : the day from which ages are counted
    """
    lines = lines.assign(seen=pd.to_datetime(lines["as_of"]))
    age_years = (edition - lines["seen"]).dt.days / 365.25
    due = int((pd.to_datetime(lines["review_by"]) < edition).sum())
    half_a_year = pd.Timedelta(days=180)

    def draw(ax: Axes, look: Look) -> None:
        ax.axvspan(date2num(edition - half_a_year), date2num(edition), color=look.faint, lw=0)
        for y, kind in enumerate(KINDS):
            dates = lines.loc[lines["kind"] == kind, "seen"].sort_values()
            ax.plot(dates, y + 0.13 * (np.arange(len(dates)) % 3 - 1), "o", color=look.ink)
        ax.text(
            date2num(edition - pd.Timedelta(days=300)),
            -0.75,
            "half a year",
            color=look.muted,
            ha="right",
            va="center",
        )
        ax.set(ylim=(len(KINDS) - 0.5, -1.1), xlabel="date of the page")
        ax.set_yticks(range(len(KINDS)), KINDS.values())
        years = ["2010", "2015", "2020", "2025"]
        ax.set_xticks(pd.to_datetime([f"{year}-01-01" for year in years]), years)

    fresh = len(lines) - due
    return show(
        draw,
        name="age-of-lines",
        title=f"{due if fresh else 'All'} of the {len(lines)} help lines in our table are past the "
        "half year after which someone should look again",
        subtitle="Each dot is one help line, at the date of the page on which we read it.",
        sources=["help_lines.csv"],
        alt=f"Dots for {len(lines)} help lines by kind, each at the date of the page on which we "
        f"read it, from {lines['seen'].min().year} to {lines['seen'].max().year}. Half of the "
        f"pages are {age_years.median():.1f} years old or older. "
        f"{f'{fresh} are' if fresh else 'None is'} within half a year of this edition.",
        limits="Which numbers still work: an old date doesn't make one wrong, and a recent date "
        "doesn't make it right. "
        "Where we know only the month or the year, the dot is at its first day. Where the page "
        "shows no date, the year is our estimate.",
        data=lines[["id", "country", "service", "kind", "as_of", "as_of_precision"]],
        size=(5.2, 3.4),
    )
