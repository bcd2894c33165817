"""The figures of chapter 3: each function takes the rows that it draws and returns the figure."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from kratomcourse import models
from kratomcourse.charts import (
    INVENTED,
    MODEL,
    Axis,
    Explorer,
    Figure,
    Look,
    Picture,
    Slider,
    draw_grid_rows,
    draw_interval,
    explore,
    name_rows,
    show,
)
from kratomcourse.evidence import load_facts, load_table

Numbers = NDArray[np.float64]
Style = dict[str, Any]  # how a text, a bar or an arrow looks
ARROW: Style = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0}


def one_line(text: str) -> str:
    """Return a label of several lines as one line."""
    return text.replace("\n", " ")


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Return the rows of a table one by one, with the columns as attributes."""
    return iter(table.itertuples())


# 3.1 Which hopes for kratom were tested in people?

KINDS = ["cases,\nsurveys", "phone\ndiary", "trial,\nhealthy", "trial,\npatients"]
FOUND = [
    ("cold pain, an hour later", 2, "EV001"),
    ("chronic pain", 0, "EV238"),
    ("chronic pain", 1, "EV033"),
    ("opioid withdrawal", 0, "EV212"),
    ("staying off opioids", 0, "EV044"),
    ("staying off opioids", 1, "EV240"),
    ("low mood, anxiety", 0, "EV041"),
    ("low mood, anxiety", 1, "EV229"),
    ("energy, attention", 0, "EV214"),
    ("energy, attention", 1, "EV229"),
    ("energy, attention", 2, "EV013"),
]


def studies_by_hope() -> pd.DataFrame:
    """Return hope, kind of study and fact for each kind of study in people that we found."""
    found = pd.DataFrame(FOUND, columns=["hope", "kind", "fact"])
    return found.assign(kind=[one_line(KINDS[kind]) for kind in found["kind"]])


def draw_evidence_map(found: pd.DataFrame) -> Figure:
    """Draw which kinds of study in people reported on each hope.

    found : columns hope, kind and fact; one row for each kind of study found
    """
    hopes = list(dict.fromkeys(found["hope"]))
    kinds = [one_line(kind) for kind in KINDS]
    cells = set(zip(found["hope"], found["kind"], strict=True))

    def draw(ax: Axes, look: Look) -> None:
        ax.axvspan(2.55, 3.45, color=look.faint, alpha=0.6, lw=0, zorder=-1)
        for y, hope in enumerate(hopes):
            for x, kind in enumerate(kinds):
                if (hope, kind) in cells:
                    ax.plot(x, y, "o", ms=12, color=look.ink)
                else:
                    box = {"facecolor": look.paper, "edgecolor": "none", "pad": 1}
                    style: Style = {"bbox": None if x == 3 else box, "color": look.muted}
                    ax.text(x, y, "none", ha="center", va="center", **style)
        name_rows(ax, hopes)
        draw_grid_rows(ax, look, 0 if look.narrow else len(hopes), KINDS)

    return show(
        draw,
        name="evidence-map",
        title="For six hopes, we could trace no trial of kratom in patients",
        subtitle="Kinds of study in people that we found on each hope. A dot: at least one.",
        sources=list(found["fact"]),
        alt="A grid of six hopes against four kinds of study in people. Kinds found: "
        + " ".join(
            f"{hope}: {', '.join(group['kind'])}."
            for hope, group in found.groupby("hope", sort=False)
        )
        + " The column of trials in patients says none in every row.",
        limits="Whether a study was a good one, or found a benefit: a dot says only that we found "
        "at least one. \u201cNone\u201d: none that we could trace in November 2026. Animals are "
        "left out. The studies are of kratom, where leaf and extract aren't always kept apart, and "
        "of pure mitragynine; none is of concentrated 7-OH.",
        data=found,
        size=(5.2, 3.6),
    )


# 3.2 One pain trial: what its abstracts can show

MOMENTS = ["before", "one hour after"]
VERSIONS = ("conference abstract", "article")


def draw_two_versions(versions: pd.DataFrame) -> Figure:
    """Draw the mean seconds that each report gives, before and one hour after each drink.

    versions : the table pain_trial_versions; seconds of pain borne
    """
    seconds = {(row.version, row.drink, row.moment): float(row.mean_s) for row in rows_of(versions)}
    means = {
        (version, drink): [seconds[version, drink, moment] for moment in MOMENTS]
        for version, drink, _ in seconds
    }

    def draw(axes: Sequence[Axes], look: Look) -> None:
        lines = (("kratom", look.leaf, "o", "-"), ("placebo", look.compare, "^", "--"))
        for ax, version in zip(axes, VERSIONS, strict=True):
            for drink, colour, marker, dash in lines:
                before, after = means[version, drink]
                ax.plot([0, 1], [before, after], dash, marker=marker, color=colour)
                shift = {"kratom": 0.6, "placebo": -0.6}[drink] if version == VERSIONS[0] else 0
                style: Style = {"color": colour, "va": "center"}
                ax.text(-0.1, before + shift, f"{before:.1f}", ha="right", **style)
                ax.text(1.1, after, f"{after:.1f}", ha="left", **style)
            ax.set(xlim=(-0.45, 1.45), ylim=(0, 30), title=version)
            ax.set_xticks([0, 1], ["before", "1 hour\nafter"])
        axes[0].set_ylabel("mean seconds of pain borne")
        axes[1].tick_params(labelleft=False)
        axes[0].text(0.45, 20.5, "kratom", color=look.leaf, ha="right")
        axes[0].text(0.5, 6.6, "placebo", color=look.compare, ha="center", va="top")

    def from_to(version: str, drink: str) -> str:
        before, after = means[version, drink]
        return f"goes from {before:g} to {after:g}"

    return show(
        draw,
        name="two-versions",
        title="Two reports of one trial give the same means for kratom "
        "and different means for placebo",
        subtitle="Mean seconds for which men bore the pain of ice water, before each drink and an "
        "hour after.",
        sources=list(dict.fromkeys(versions["source_key"])),
        alt="Two panels of mean seconds before and one hour after each drink. "
        f"Kratom {from_to('article', 'kratom')} in both. "
        + " ".join(
            f"Placebo {from_to(version, 'placebo')} in the {version}." for version in VERSIONS
        ),
        limits="How each man did, and why the placebo means differ: we read abstracts, which "
        "give means and SDs and don't say why.",
        data=versions[["version", "drink", "moment", "mean_s", "sd_s", "source_key"]],
        size=(5.2, 3.3),
        columns=2,
        sharey=True,
    )


def invented_crowds(mean: float, sd: float, men: int) -> dict[str, Numbers]:
    """Return three invented crowds of times in seconds, each with exactly this mean and SD."""
    many = np.random.default_rng(3).normal(size=200_000)
    bell = np.quantile(many, (np.arange(men) + 0.5) / men)  # evenly spaced members of a bell curve
    shapes = {
        "a bell": bell,
        "a long tail": np.exp(1.385 * bell),
        "two men": np.r_[np.zeros(men - 2), 1, 1],
    }
    return {
        name: mean + sd * (shape - shape.mean()) / shape.std(ddof=1)
        for name, shape in shapes.items()
    }


def stacked(times: Numbers, width: float = 6, room: float = 0.3) -> Numbers:
    """Return heights that put the dots of one bin above each other, centred on their row."""
    bins = np.floor(times / width)
    lift = np.zeros(len(times))
    for value in np.unique(bins):
        where = np.flatnonzero(bins == value)
        step = min(0.12, 2 * room / max(len(where) - 1, 1))
        lift[where] = step * (np.arange(len(where)) - (len(where) - 1) / 2)
    return lift


def draw_three_crowds(crowds: dict[str, Numbers]) -> Figure:
    """Draw every man of three invented crowds as a dot, with the mean and each median.

    crowds : name of the crowd and the seconds of its men
    """
    bell, tail, two = crowds.values()
    men, mean, sd = len(bell), round(float(bell.mean()), 1), round(float(bell.std(ddof=1)), 1)

    def draw(ax: Axes, look: Look) -> None:
        ax.axvspan(-80, 0, color=look.faint, alpha=0.7, lw=0)
        note: Style = {"color": look.muted, "va": "center"}
        ax.text(-37, -0.62, "impossible", ha="center", **note)
        ax.axvline(mean, color=look.muted, lw=1.2, ls=":")
        ax.text(mean + 3, -0.62, f"mean {mean:g}", **note)
        for y, times in enumerate(crowds.values()):
            ax.plot(times, y + stacked(times), "o", ms=5, color=look.muted)
            middle = np.median(times)
            ax.plot([middle] * 2, [y - 0.38, y + 0.38], color=look.ink, lw=3)
            place: Style = {"color": look.ink, "ha": "left", "va": "center"}
            ax.text(middle + 3, y + 0.36, f"median {middle:.0f}", **place)
        ax.text(22, 1.9, f"{men - 2} men", va="center")
        ax.text(152, 2, "2 men", va="center", ha="right")
        ax.set(xlim=(-75, 200), ylim=(2.75, -0.8), xlabel="seconds of pain borne in ice water")
        name_rows(ax, list(crowds))
        ax.set_ylim(2.75, -0.8)

    return show(
        draw,
        name="three-crowds",
        title="Three invented crowds with the published mean and spread "
        "tell three different stories",
        subtitle="Each dot is one invented man: seconds of pain borne. All three crowds have "
        "the same mean and spread.",
        sources=["vicknasingam2020pain", INVENTED],
        alt=f"Three rows of {men} dots, each with mean {mean:g} and SD {sd:g} seconds. "
        f"The bell puts {(bell < 0).sum()} men below zero, which is impossible. "
        f"The long tail has a median of {np.median(tail):.0f} and a longest time of "
        f"{tail.max():.0f} seconds. With two men, {men - 2} hold out "
        f"{two.min():.0f} seconds and two hold out {two.max():.0f}.",
        limits="What happened. The values are invented, and we haven't seen the real ones; "
        "the figure shows what the published mean and SD allow.",
        data=pd.DataFrame({name: np.sort(times) for name, times in crowds.items()}).round(2),
        size=(5.2, 3.4),
    )


# 3.3 Surveys on kratom: who answered, and who had left?

HELPED = "called kratom helpful"
SEVERE = "kratom use disorder, moderate or severe"
ANY_DEGREE = "kratom use disorder, any degree"
UNRELATED = "found in an\nunrelated study"


def share_with_interval(percent: float, asked: int) -> dict[str, float]:
    """Return a share in per cent with its 95% Wilson interval and the number of people asked."""
    low, high = models.wilson(models.whole_people(percent / 100, asked), asked)
    return {"percent": percent, "low": 100 * float(low), "high": 100 * float(high), "n": asked}


def shares_by_recruitment() -> pd.DataFrame:
    """Return what was asked, how people were found and the share, with its interval in per cent.

    Where the source gives no exact share, the interval is missing.
    """
    facts = load_facts()
    surveys = load_table("surveys").set_index("id")

    def share(fact: str, survey: str) -> dict[str, float]:
        asked = int(float(str(surveys.loc[survey, "denominator_n"])))
        return share_with_interval(facts[fact].number, asked)

    in_programme = int(float(str(surveys.loc["sv-021", "denominator_n"])))
    residents = models.whole_people(facts["risk-021"].number / 100, in_programme)
    rows: list[dict[str, Any]] = [
        {
            "asked": HELPED,
            "who": "advocacy group,\nused instead of opioids",
            "percent": facts["EV212"].number,
        },
        {
            "asked": HELPED,
            "who": "people in a\ntreatment programme",
            **share_with_interval(facts["EV216"].number, residents),
        },
        {"asked": SEVERE, "who": "online volunteers", **share("EV045", "sv-017")},
        {"asked": SEVERE, "who": UNRELATED, **share("risk-190", "sv-045")},
        {"asked": ANY_DEGREE, "who": UNRELATED, **share("EV046", "sv-043")},
        {
            "asked": ANY_DEGREE,
            "who": "men, regular tea\ndrinkers, Malaysia",
            **share("risk-106", "sv-069"),
        },
    ]
    return pd.DataFrame(rows)


def draw_recruitment(rows: pd.DataFrame) -> Figure:
    """Draw the shares with their intervals, grouped by what was asked.

    rows : columns asked, who, percent, low and high; per cent
    """

    def label(row: Any) -> str:
        return f"{'over ' if pd.isna(row.low) else ''}{row.percent:g}%"

    def draw(ax: Axes, look: Look) -> None:
        places = [0, 1, 2.8, 3.8, 5.6, 6.6]
        for y, row in zip(places, rows_of(rows), strict=True):
            if pd.isna(row.low):  # the source says "over": an arrow instead of a bar
                arrow: Style = {**ARROW, "color": look.mixed, "lw": 2}
                ax.annotate("", (99.5, y), (row.percent, y), arrowprops=arrow)
                ax.plot(row.percent, y, "o", color=look.mixed)
            else:
                draw_interval(ax, y, row.low, row.high, row.percent, look.mixed)
            left = row.percent > 80
            edge = np.nanmin([row.low, row.percent]) - 3 if left else row.high + 3
            side: Style = {"ha": "right" if left else "left", "va": "center"}
            ax.text(edge, y, label(row), color=look.ink, **side)
        for y, asked in zip((-0.8, 2.0, 4.8), (HELPED, SEVERE, ANY_DEGREE), strict=True):
            ax.text(
                0, y, asked, color=look.ink, va="bottom" if look.narrow else "center", weight="bold"
            )
        name_rows(ax, list(rows["who"]), places, room=1.2 if not look.narrow else 1.4)
        ax.set(xlim=(0, 102), xlabel="% of each group")

    return show(
        draw,
        name="recruitment",
        title="Kratom called helpful, or kratom use disorder: shares in five groups",
        subtitle="Share, %, of people who use or have used kratom, by group. Pale bars: 95% "
        "intervals.",
        sources=["EV212", "EV216", "EV045", "risk-190", "EV046", "risk-106"],
        alt="Shares by how people were found. "
        + " ".join(f"{row.asked}, {one_line(row.who)}: {label(row)}." for row in rows_of(rows)),
        limits="Whether recruitment alone explains the gaps: the questions, instruments, places "
        "and years differ too. Those counted in the treatment programme called kratom helpful "
        "and would try it again. The arrow means \u201cover\u201d, because the source gives no "
        "exact share. The bars are 95% intervals for chance, worked out by us.",
        data=rows.assign(who=rows["who"].map(one_line)),
        size=(5.2, 4.4),
    )


def draw_growing_surveys(replies: dict[str, NDArray[np.bool_]]) -> Figure:
    """Draw what three invented surveys report as more and more people answer.

    replies : how people were found, and for each answer whether it says that kratom helped
    """
    sizes = np.array([30, 100, 300, 1000, 3000, 10000])
    grown = {
        route: np.array([sample[:n].mean() for n in sizes]) * 100
        for route, sample in replies.items()
    }
    styles = (("fan page", "o", "-"), ("random names", "s", "--"), ("clinic", "D", "-."))

    def draw(ax: Axes, look: Look) -> None:
        colours = {"fan page": look.ink, "random names": look.ink, "clinic": look.muted}
        ax.axhline(30, color=look.muted, lw=1.2, ls=":")
        ax.text(12500, 32, "truth", color=look.muted, va="bottom")
        for route, marker, dash in styles:
            y, colour = grown[route], colours[route]
            low, high = models.wilson(np.round(y * sizes / 100), sizes)
            ax.fill_between(sizes, 100 * low, 100 * high, color=colour, alpha=0.15, lw=0)
            ax.plot(sizes, y, dash, marker=marker, color=colour)
            ax.text(3000, y[-1] + 7, route, color=colour, ha="center", va="center")
        ax.set(xscale="log", xlim=(25, 26000), ylim=(0, 100))
        ax.set(xlabel="people who answered (log scale)", ylabel="% who say it helped")
        ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
        ax.minorticks_off()

    columns = {f"{route}_percent".replace(" ", "_"): y for route, y in grown.items()}
    return show(
        draw,
        name="who-answers",
        title="In an invented country, two surveys stay far from the truth as they grow",
        subtitle="Share who say that kratom helped, by how many answered, in a country we made "
        "up. Bands: 95% intervals.",
        sources=[INVENTED],
        alt="Share who say it helped against the number of answers, in an invented country where "
        "it helps 30 percent. "
        + " ".join(
            f"Through {route}: {y[-1]:.0f} percent with 10,000 answers."
            for route, y in grown.items()
        )
        + " The bands get narrower, and two of them miss the truth.",
        limits="How far recruitment moved any real survey. All numbers are invented, the chances "
        "of answering among them.",
        data=pd.DataFrame({"answers": sizes, **columns}).round(1),
    )


READINESS = {
    "a sixth as readily": 1 / 6,
    "half as readily": 1 / 2,
    "as readily as others": 1.0,
    "twice as readily": 2.0,
    "four times as readily": 4.0,
    "eight times as readily": 8.0,
    "twenty-one times as readily": 21.0,
}


def explore_selection(truth: float = 0.30) -> Explorer:
    """Let readers set who answers an invented survey, and how many.

    truth : the share, 0 to 1, of people whom kratom helps in the invented country
    """
    true_percent = round(100 * truth)
    label = f"% who say it helped (the truth is {true_percent})"
    said = Axis(0, 100, {p: f"{p}" for p in (0, true_percent, 50, 100)}, label)

    def still() -> Picture:
        picture = Picture(said, Axis(0, 1, {}), left=14, height=120, top=20)
        picture.frame()
        picture.line([true_percent] * 2, [0, 1], "muted", dash="2 4", width=1.5)
        picture.text(true_percent, 1, "truth", "muted", anchor="middle", dy=-5)
        return picture

    def draw(picture: Picture, likelier: float, asked: int) -> tuple[str, dict[str, float]]:
        # one survey for each position, the same at every build
        survey = np.random.default_rng(round(1000 * likelier) + asked)
        expected = truth * likelier / (truth * likelier + (1 - truth))
        yes = int(survey.binomial(asked, expected))
        low, high = (100 * float(end) for end in models.wilson(yes, asked))
        picture.line([low, high], [0.5, 0.5], "leaf", width=4)
        picture.dot(100 * yes / asked, 0.5, "leaf", size=7)
        holds = low <= true_percent <= high
        sentence = (
            f"{yes:,} of {asked:,} say that it helped: {100 * yes / asked:.0f}%, with an interval "
            f"from {low:.0f}% to {high:.0f}%. "
            f"The interval {'contains' if holds else 'misses'} the truth."
        )
        numbers = {"said_it_helped": yes, "asked": asked, "low_percent": low, "high_percent": high}
        return sentence, numbers

    answers = {f"{n:,}": n for n in (30, 100, 300, 1000, 3000, 10000)}
    return explore(
        draw,
        still=still,
        controls=(
            Slider("People it helped answer", READINESS, start="eight times as readily"),
            Slider("People who answered", answers, start="300"),
        ),
        name="selection-explorer",
        title="In an invented country, more answers narrow the interval "
        "but don't undo the selection",
        subtitle="One survey in a country we made up: you choose how readily people it helped "
        "answer, and how many people answer. Bar: 95% interval.",
        sources=[INVENTED],
        alt=f"One survey in an invented country where kratom helps {true_percent} percent: with "
        "people it helped eight times as ready to answer, and 300 answers, the interval lies far "
        "above the truth.",
        limits="What recruitment did in any real survey: everything here is invented, "
        "the readiness to answer too.",
    )


# 3.4 Better after kratom: what else could it be?


def draw_bad_day(pain: Numbers, bad_day: NDArray[np.bool_]) -> Figure:
    """Draw the mean pain of everyone, and of the people picked for their pain on the middle day.

    pain    : one row a person and one column a day, 0 to 10
    bad_day : for each person, whether they were picked
    """
    days = pain.shape[1]
    middle = days // 2
    chosen, everyone = pain[bad_day].mean(axis=0), pain.mean(axis=0)
    day = np.arange(days) - middle

    def draw(ax: Axes, look: Look) -> None:
        for row in pain[bad_day][:6]:
            ax.plot(day, row, color=look.faint, lw=1)
        ax.plot(day, everyone, "--", color=look.muted)
        ax.plot(day, chosen, "-", marker="o", color=look.ink)
        ax.axvline(0, color=look.muted, lw=1, ls=":")
        note: Style = {"color": look.muted, "va": "center"}
        ax.text(0.3, 9.4, "the bad day", **note)
        picked: Style = {"color": look.ink, "ha": "left", "va": "bottom"}
        ax.text(1.2, 6.6, "picked for their bad day", **picked)
        ax.text(-7, 4.5, "everyone", **note)
        ax.set(xlim=(-7.3, 7.3), ylim=(2, 10))
        ax.set(xlabel="days before and after", ylabel="pain, 0 to 10")
        ax.set_xticks([-7, 0, 7])

    return show(
        draw,
        name="regression-to-the-mean",
        title="In an invented group, people picked on a bad day are better on average the next "
        "day, with nothing at all",
        subtitle="Pain from 0 to 10, around the day on which people were picked, in a group we "
        "made up. Thin lines: six of them.",
        sources=[INVENTED],
        alt=f"Mean pain over {days} days. Everyone's stays near {everyone.mean():.1f}. "
        f"The {bad_day.sum()} people picked because their pain was above 7 on one day have "
        f"{chosen[middle]:.1f} on that day, {chosen[middle - 1]:.1f} the day before and "
        f"{chosen[middle + 1]:.1f} the day after. Thin lines show six of them.",
        limits="How fast real pain passes: these are invented people, and nobody is treated.",
        data=pd.DataFrame({"day": day, "picked": chosen, "everyone": everyone}).round(2),
        size=(5.2, 3.3),
    )


def draw_three_arms(falls: dict[str, float]) -> Figure:
    """Draw how far pain fell in three invented groups, split by what made it fall.

    falls : group and mean fall in points, for no treatment, placebo and remedy in this order
    """
    nothing, placebo, remedy = falls.values()

    def draw(ax: Axes, look: Look) -> None:
        parts = [
            ("came anyway", nothing, look.faint),
            ("being treated", placebo - nothing, look.muted),
            ("the remedy", remedy - placebo, look.ink),
        ]
        for y, name in enumerate(falls):
            left = 0.0
            for _, width, colour in parts[: y + 1]:
                bar: Style = {"height": 0.55, "color": colour, "edgecolor": look.paper}
                ax.barh(y, width, left=left, **bar)
                left += width
            ax.text(left + 0.06, y, f"{falls[name]:.1f}", va="center")
            words = ("+ " if y else "") + parts[y][0]
            ax.text(left + 0.45, y, words, color=look.ink, va="center")
        name_rows(ax, list(falls))
        ax.set(xlim=(0, 4.5), xlabel="points of pain less than at the start (0 to 10)")
        ax.set_xticks([0, 1, 2, 3])

    return show(
        draw,
        name="three-arms",
        title="With an invented remedy, most of the fall in pain came without treatment too",
        subtitle="Points of pain less than at the start, on a scale from 0 to 10, in a trial we "
        "made up.",
        sources=["EV103", INVENTED],
        alt="Stacked bars of how far pain fell. "
        f"Without treatment {nothing:.1f} points, with placebo {placebo:.1f}, with the "
        f"remedy {remedy:.1f}. So of {remedy:.1f} points only {remedy - placebo:.1f} are due "
        "to the remedy.",
        limits="How the parts share out for any real remedy. Everything is invented except the "
        "size of the placebo effect in standard deviations, which is the pooled one.",
        data=pd.DataFrame({"arm": list(falls), "fall_points": list(falls.values())}).round(2),
        size=(5.2, 2.8),
    )


# 3.5 How sure is the evidence for kratom, and who paid?

STEPS = ["very low", "low", "moderate", "high"]
OUTCOMES = {
    "G01": "cold pain,\nan hour later",
    "G02": "chronic pain",
    "G03": "opioid withdrawal",
    "G04": "craving, staying\nin treatment",
    "G05": "depression,\nanxiety",
    "G06": "energy, alertness",
    "G08": "regular use:\ndependence",
    "G11": "buprenorphine:\nstaying in treatment",
}


def draw_certainty(grade: pd.DataFrame) -> Figure:
    """Draw for each outcome on which step of GRADE its rating starts and ends.

    grade : the table grade_summary, by outcome_id
    """
    rated = grade.loc[list(OUTCOMES), ["outcome", "starting_level", "certainty", "evidence_base"]]

    def draw(ax: Axes, look: Look) -> None:
        places = [0, 1, 2, 3, 4, 5, 6.8, 7.8]
        for y, row in zip(places, rows_of(rated), strict=True):
            begin, end = STEPS.index(row.starting_level), STEPS.index(row.certainty)
            if begin != end:
                side = 0.14 if end < begin else -0.14
                arrow: Style = {**ARROW, "color": look.ink, "lw": 1.5}
                ax.annotate("", (end + side, y), (begin, y), arrowprops=arrow)
            ax.plot([begin] * 2, [y - 0.22, y + 0.22], color=look.ink, lw=2)
            ax.plot(end, y, "o", ms=10, color=look.ink)
        heading: Style = {"color": look.muted, "weight": "bold", "va": "center"}
        above = 0.15 if look.narrow else 0
        ax.text(-0.48, -0.8 - above, "hoped-for benefits of kratom", **heading)
        ax.text(-0.48, 6.05 - above, "for comparison", **heading)
        name_rows(ax, list(OUTCOMES.values()), places)
        draw_grid_rows(ax, look, 0, STEPS)
        ax.set_ylim(8.3, -1.4 if look.narrow else -1.2)

    return show(
        draw,
        name="certainty",
        title="For all six hoped-for benefits the certainty is very low; "
        "for dependence it's moderate, and for buprenorphine high",
        subtitle="Certainty of the evidence by GRADE. A bar: where the rating starts; a dot: "
        "where it ends.",
        sources=["grade_summary.csv", "Our own ratings."],
        alt="Ratings on a ladder from very low to high certainty. "
        + " ".join(
            f"{one_line(OUTCOMES[row.Index])}: starts {row.starting_level}, ends {row.certainty}."
            for row in rows_of(rated)
        ),
        limits="Whether kratom works. These are our own judgements, by one rater, and very low "
        "certainty means that we don't know; it doesn't mean that there's no effect, "
        "or a small one.",
        data=rated.reset_index(),
        size=(5.2, 4.5),
    )


PAYERS = ["public\nmoney", "\nuniversity", "\ncompany", "advocacy\ngroup"]
TIES = [
    ("phone diary: pain", 0, "paid", "K13"),
    ("NIH mitragynine", 0, "paid", "K08"),
    ("NIH mitragynine", 1, "tie", "K08"),
    ("pain trial", 1, "tie", "T01"),
    ("pure mitragynine", 1, "tie", "T02"),
    ("leaf-powder trial", 2, "paid", "K05"),
    ("modified mitragynine", 2, "tie", "K07"),
    ("online survey,\n{answers:,.0f} answers", 3, "tie", "K10"),
    ("survey through an\nadvocacy group", 2, "tie", "K04"),
    ("survey through an\nadvocacy group", 3, "paid", "K04"),
    ("eight-factor report", 2, "tie", "K02"),
    ("eight-factor report", 3, "tie", "K02"),
]


def payers_and_ties() -> pd.DataFrame:
    """Return study, payer, how it is tied (paid or tie) and the row of our list that says so."""
    answers = load_facts()["EV036"].number
    found = pd.DataFrame(TIES, columns=["study", "payer", "how", "row"])
    return found.assign(study=[study.format(answers=answers) for study in found["study"]])


def draw_payers(found: pd.DataFrame) -> Figure:
    """Draw who paid for each study, and who else had a tie to it.

    found : columns study, payer (its place in PAYERS), how and row
    """
    order = list(dict.fromkeys(found["study"]))
    names = [one_line(payer).strip() for payer in PAYERS]

    def draw(ax: Axes, look: Look) -> None:
        name_rows(ax, order)
        draw_grid_rows(ax, look, 0, PAYERS)
        for y in range(-1, len(order)):
            ax.axhline(y + 0.5, color=look.faint, lw=1, zorder=0)
        for row in rows_of(found):
            weight = "bold" if row.how == "paid" else "normal"
            style: Style = {"weight": weight, "ha": "center", "va": "center"}
            ax.text(row.payer, order.index(row.study), row.how, color=look.ink, **style)

    def ties_of(group: pd.DataFrame) -> str:
        return ", ".join(f"{names[row.payer]} ({row.how})" for row in rows_of(group))

    return show(
        draw,
        name="who-paid",
        title="Behind nine studies and reports on kratom or mitragynine we found payers and "
        "other ties, of four kinds",
        subtitle="Who paid for a study or report, and who is tied to it otherwise.",
        sources=["coi.csv", "trials.csv", "EV036"],
        alt="A grid of nine studies and reports against four kinds of payer. "
        + " ".join(
            f"{one_line(str(study))}: {ties_of(group)}."
            for study, group in found.groupby("study", sort=False)
        ),
        limits="Ties that we don't list: not every author's employer is here, and we looked mostly "
        "at affiliations, registries and indexes, so an empty cell may still hide a tie. A tie "
        "doesn't make a result wrong.",
        data=found.assign(payer=[names[payer] for payer in found["payer"]]).replace(
            "\n", " ", regex=True
        ),
        size=(5.2, 4.2),
    )


# 3.6 No trial found: what does that mean?


def draw_power(shares: pd.DataFrame) -> Figure:
    """Draw how many invented trials find an effect, by the size of their groups.

    shares : columns "it helps" and "it does nothing", per cent; by people in each group
    """
    sizes, helps = shares.index.to_numpy(int), shares["it helps"].to_numpy(float)
    nothing = shares["it does nothing"].to_numpy(float)

    def draw(ax: Axes, look: Look) -> None:
        ax.plot(sizes, helps, "-", marker="o", color=look.ink)
        ax.plot(sizes, nothing, "--", marker="s", color=look.muted)
        words = "a remedy that\ntruly helps"
        ax.text(62, helps[4] - 4, words, color=look.ink, va="top")
        words = "a remedy that does nothing"
        ax.text(62, 14, words, color=look.muted, va="center")
        ax.annotate(
            f"{sizes[1]} in each group:\n{100 - helps[1]:.0f} of 100 trials miss it",
            (sizes[1], helps[1]),
            (3, 84),
            color=look.ink,
            va="center",
            ha="left",
            arrowprops={"arrowstyle": "-|>", "color": look.muted, "shrinkB": 6},
        )
        ax.set(xlim=(0, 125), ylim=(0, 103))
        ax.set(xlabel="people in each of two groups", ylabel="trials that find an effect, %")
        ax.set_yticks([0, 50, 100])

    return show(
        draw,
        name="small-trials-miss",
        title=f"Of trials with {sizes[1]} in each group, most miss the effect "
        "of an invented remedy",
        subtitle="Trials that find an effect, % of simulated trials, by the number of people in "
        "each group.",
        sources=[MODEL],
        alt="Share of invented trials that find an effect, by size. For a true effect of half a "
        f"standard deviation: {helps[1]:.0f} percent with {sizes[1]} people in each group, "
        f"{helps[4]:.0f} percent with {sizes[4]} and {helps[6]:.0f} percent with {sizes[6]}. "
        f"For a remedy that does nothing the line stays near {nothing.mean():.0f} percent.",
        limits="What a crossover such as the pain trial can do: it can need fewer people, "
        "depending on how alike a person's own values are. Remedy and people are invented, "
        "in two separate groups.",
        data=pd.DataFrame(
            {"each_group": sizes, "true_effect_percent": helps, "no_effect_percent": nothing}
        ).round(1),
        size=(5.2, 3.2),
    )


def people_in_studies() -> pd.DataFrame:
    """Return what was tested, the number of trials or studies, and of people in them."""
    facts = load_facts()
    maintenance, withdrawal = facts["EV222"].number, facts["EV224"].number
    rows = [
        ("buprenorphine,\nmaintenance", maintenance, facts["rec-203"].number, "trials"),
        ("buprenorphine,\nwithdrawal", withdrawal, facts["EV225"].number, "studies"),
        ("kratom,\nfor either", facts["EV234"].number, 0, "trials"),
    ]
    return pd.DataFrame(rows, columns=["what", "studies", "people", "unit"]).astype(
        {"studies": int, "people": int}
    )


def draw_tested(tested: pd.DataFrame) -> Figure:
    """Draw how many people took part in controlled studies of each treatment.

    tested : columns what, studies, people and unit (trials or studies)
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows_of(tested)):
            ax.barh(y, row.people, height=0.5, color=look.muted)
            counted = f"{row.people:,} people,\n{row.studies} {row.unit}"
            words = counted if row.studies else "none with results\nthat could be traced"
            ax.text(row.people + 120, y, words, va="center", color=look.ink)
        ax.axvline(0, color=look.muted, lw=1)
        name_rows(ax, list(tested["what"]))
        ax.set(xlim=(0, 7800), xlabel="people in controlled studies")
        ax.set_xticks([0, 2000, 4000], ["0", "2,000", "4,000"])

    maintenance, withdrawal, _ = rows_of(tested)
    return show(
        draw,
        name="tested",
        title="As a treatment for opioid use disorder, buprenorphine was tested in studies with "
        "thousands of people; for kratom we could trace no controlled trial with results",
        subtitle="People in controlled studies of a treatment for opioid use disorder.",
        sources=["EV222", "rec-203", "EV224", "EV225", "EV234"],
        alt="Bars of people in controlled studies. "
        f"Buprenorphine as maintenance: {maintenance.people:,} people in {maintenance.studies} "
        f"trials. Buprenorphine for withdrawal: {withdrawal.people:,} people in "
        f"{withdrawal.studies} studies. Kratom for either: none with results that could be "
        "traced.",
        limits="How well a treatment works: this counts everyone in the studies, comparison groups "
        "too. The counts come from two Cochrane reviews at the time of their search, so there may "
        "be more by now. We searched for kratom in November 2026 and may have missed one.",
        data=tested.assign(what=tested["what"].map(one_line)),
        size=(5.2, 2.7),
    )
