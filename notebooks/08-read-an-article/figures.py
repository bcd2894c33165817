"""The figures of chapter 8: each function takes the rows that it draws and returns the figure."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kratomcourse import models
from kratomcourse.charts import (
    MODEL,
    Figure,
    Look,
    draw_icons,
    draw_interval,
    name_rows,
    show,
)
from kratomcourse.evidence import load_facts, load_table

VERDICTS = ["supported", "supported with limits", "unsupported", "contradicted", "normative"]
FAILS = ["unsupported", "contradicted"]


def readers_who_noticed() -> pd.DataFrame:
    """Return how many of 100 readers saw that a labelled article was advertising, by experiment."""
    facts = load_facts()
    readers = 242  # of the first experiment, whose fact counts those who noticed
    shares = [facts["ra003"].number / readers, facts["ra004"].number / 100]
    counts = [models.whole_people(share, 100) for share in shares]
    return pd.DataFrame({"experiment": ["first", "second"], "noticed_of_100": counts})


def draw_who_noticed(noticed: pd.DataFrame) -> Figure:
    """Draw two grids of a hundred dots, with the readers who noticed filled.

    noticed : columns experiment and noticed_of_100
    """
    first, second = noticed["noticed_of_100"]

    def draw(axes: Sequence[Axes], look: Look) -> None:
        for ax, row in zip(axes, noticed.to_dict("records"), strict=True):
            count = row["noticed_of_100"]
            draw_icons(ax, look, [(count, look.ink, True)])
            ax.set_title(f"{row['experiment']} experiment:\n{count} of 100 noticed")

    return show(
        draw,
        name="who-notices",
        title=f"In two experiments, {first} and {second} of every 100 readers noticed that a "
        "labelled article was advertising",
        subtitle="Each dot stands for one in 100 readers of an advertisement that was labelled as "
        "one. Filled: noticed.",
        sources=["ra003", "ra004"],
        alt=f"Two grids of 100 dots. In the first experiment {first} of every 100 readers "
        f"recognised an article as advertising although it was labelled, in the second {second}. "
        "Filled dots are the readers who noticed.",
        limits="How other labels, layouts or readers would do. These are two experiments by one "
        "team, as their university reported them.",
        data=noticed,
        size=(5.2, 3.2),
        columns=2,
    )


def draw_order_of_claims(claims: pd.DataFrame) -> Figure:
    """Draw the claims in their order, on three lines by the way they pull.

    claims : the table of claims, with columns claim_id, paragraph, pull and verdict
    """
    lines = {"towards": 0, "neither": 1, "away": 2}
    marks = {
        "supported": ("s", True, "supported"),
        "supported with limits": ("s", False, "with limits"),
        "unsupported": ("X", True, "unsupported or contradicted"),
        "contradicted": ("X", True, ""),
        "normative": (".", False, "says what people should do"),
    }
    paragraph = claims["paragraph"].clip(lower=1)  # the title counts with the first
    edges = [
        number for number in range(1, len(claims)) if paragraph[number] != paragraph[number - 1]
    ]
    pulls = pd.crosstab(paragraph, claims["pull"])

    def draw(ax: Axes, look: Look) -> None:
        for number, row in enumerate(claims.to_dict("records"), 1):
            marker, filled, _label = marks[row["verdict"]]
            place = lines[row["pull"]] + (0.16 if number % 2 else -0.16)
            colour = look.ink if filled else look.compare
            ax.plot(number, place, marker, color=colour, ms=6.5 if look.narrow else 9)
        for edge in edges:
            ax.axvline(edge + 0.5, color=look.faint, zorder=0)
        for middle, text in ((8, "title and\nfirst"), (25.5, "second"), (41.5, "third\nparagraph")):
            ax.text(middle, -0.62, text, color=look.muted, ha="center", va="center")
        for marker, filled, label in marks.values():
            if label:
                colour = look.ink if filled else look.compare
                ax.plot([], [], marker, color=colour, label=label, ls="none")
        ax.legend(
            loc="upper center",
            bbox_to_anchor=(0.45, -0.16),
            ncols=1 if look.narrow else 2,
            handletextpad=0.2,
            columnspacing=1,
        )
        ax.set(xlim=(0, 48), ylim=(2.4, -0.95), xlabel="claim, in the order of the article")
        ax.set_yticks(range(3), ["towards\nkratom", "neither", "away\nfrom it"])
        ax.set_xticks([1, 10, 20, 30, 40, 47])
        ax.tick_params(axis="y", length=0)

    names = ("title and first", "second", "third")
    counted = "; ".join(
        f"{name} paragraph {row['towards']} of {sum(row.values())} pull towards kratom and "
        f"{row['away']} away"
        for name, row in zip(names, pulls.to_dict("records"), strict=True)
    )
    return show(
        draw,
        name="order-of-claims",
        title="No claim in the article's title or first paragraph pulls away from kratom",
        subtitle="Each mark is one claim of the article, in the order of its text, by the way "
        "it pulls.",
        sources=["claims.csv", "Our own reading."],
        alt=f"The {len(claims)} claims in their order, on three lines by the way they pull. "
        f"{counted}. Crosses mark claims that are unsupported or contradicted, and nearly all of "
        "them are on the line towards kratom.",
        limits="What the author intended: the order shows what a reader meets first. One person "
        "judged which way each claim pulls and also gave the verdicts.",
        data=claims[["claim_id", "paragraph", "pull", "verdict"]],
        size=(5.2, 3.7),
    )


def draw_verdicts(marks: pd.DataFrame) -> Figure:
    """Draw the verdicts as bars, each divided by certainty.

    marks : number of claims; rows are verdicts, columns are levels of certainty
    """
    total = marks.sum(axis=1)
    fails = total[FAILS].sum()
    labels = [
        "supported",
        "supported\nwith limits",
        "unsupported",
        "contradicted",
        "says what people\nshould do",
    ]

    def draw(ax: Axes, look: Look) -> None:
        fills = [look.ink, look.muted, look.faint, look.paper]
        left = np.zeros(len(marks))
        for level, fill in zip(marks.columns, fills, strict=True):
            style: dict[str, Any] = {"color": fill, "edgecolor": look.muted, "lw": 0.8}
            ax.barh(range(len(marks)), marks[level], left=left, label=level, height=0.62, **style)
            left += marks[level].to_numpy()
        for y, count in enumerate(total):
            ax.text(count + 0.4, y, f"{count}", va="center", fontweight="bold")
        name_rows(ax, labels)
        ax.set(xlim=(0, 20.5), xlabel="claims")
        ax.set_xticks([0, 5, 10, 15, 20])
        ax.legend(title="certainty", loc="lower right", alignment="left")

    def described(verdict: str) -> str:
        counts = marks.loc[verdict]
        levels = ", ".join(f"{level} {count}" for level, count in counts.items() if count)
        return f"{verdict.capitalize()}: {counts.sum()}, certainty {levels}."

    return show(
        draw,
        name="verdicts",
        title=f"Of the {total.sum()} claims {total['supported']} hold up as they were made, "
        f"{total['supported with limits']} with limits and {fails} don't; the other "
        f"{total['normative']} say what people should do",
        subtitle="Claims of the article, by our verdict and our certainty.",
        sources=["claims.csv", "Our own reading."],
        alt="Bars of the verdicts. " + " ".join(described(verdict) for verdict in marks.index),
        limits="Which claims matter: a count gives the name of a tree the same weight as a promise "
        "of relief. One person gave all the marks, and put the title with the claims that say what "
        "people should do, although it also promises safety.",
        data=marks.reset_index(names="verdict"),
        size=(5.2, 3.4),
        narrow=380,
    )


def verdicts_by_subject(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the number of claims by subject (rows) and by how they hold up (columns)."""
    subjects = ["background", "law", "harm", "evidence", "advice", "benefit"]
    counts = pd.crosstab(claims["about"], claims["verdict"]).loc[subjects]
    return pd.DataFrame(
        {
            "holds up": counts["supported"],
            "with limits": counts["supported with limits"],
            "does not hold up": counts[FAILS].sum(axis=1),
            "says what people should do": counts["normative"],
        }
    )


def draw_by_subject(counts: pd.DataFrame) -> Figure:
    """Draw the verdicts of each subject as one divided bar.

    counts : number of claims; rows are subjects, columns say how they hold up
    """
    labels = ["background", "law", "harm", "state of\nthe evidence", "advice", "benefit"]
    benefit = counts.loc["benefit"]

    def draw(ax: Axes, look: Look) -> None:
        fills = {
            "holds up": (look.second, look.paper),
            "with limits": (look.faint, look.ink),
            "does not hold up": (look.ink, look.paper),
            "says what people should do": (look.paper, look.ink),
        }
        left = np.zeros(len(counts))
        for column, (fill, inside) in fills.items():
            style: dict[str, Any] = {"color": fill, "edgecolor": look.muted, "height": 0.62}
            ax.barh(range(len(counts)), counts[column], left=left, label=column, **style)
            place: dict[str, Any] = {"ha": "center", "va": "center"}
            for y, count in enumerate(counts[column]):
                if count:
                    ax.text(left[y] + count / 2, y, f"{count}", color=inside, **place)
            left += counts[column].to_numpy()
        name_rows(ax, labels)
        ax.set(xlim=(0, 12.5), xlabel="claims")
        ax.set_xticks([0, 4, 8, 12])
        columns = 1 if look.narrow else 2
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=columns, columnspacing=1)

    return show(
        draw,
        name="verdict-by-subject",
        title=f"None of the {benefit.sum()} claims of benefit holds up as it was made; most on "
        "background and law do",
        subtitle="Claims of the article, by what they are about and whether they hold up.",
        sources=["claims.csv", "Our own reading."],
        alt="Bars by subject. "
        + " ".join(
            f"{name.capitalize()}: {row['holds up']} hold up, {row['with limits']} with limits, "
            f"{row['does not hold up']} don't, "
            f"{row['says what people should do']} say what people should do."
            for name, row in zip(counts.index, counts.to_dict("records"), strict=True)
        ),
        limits="Whether kratom could help: that none of these claims of benefit holds up as it was "
        f"made doesn't mean that none ever could, and {benefit['with limits']} hold up with "
        "limits. This is one article, sorted by one person.",
        data=counts.reset_index().rename_axis(columns=None),
        size=(5.2, 4.0),
    )


def kappas_of_second_raters(
    ours: np.ndarray, kappa: Callable[..., float], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the middle 95 per cent of kappa for simulated raters, by their chance to copy us.

    ours  : our verdicts
    kappa : takes two lists of verdicts
    """
    rows = {}
    for chance in (0, 0.25, 0.5, 0.75, 0.9):
        scores = []
        for _rater in range(800):
            guess = rng.choice(ours, size=len(ours))
            scores.append(kappa(ours, np.where(rng.random(len(ours)) < chance, ours, guess)))
        rows[chance] = np.percentile(scores, [2.5, 50, 97.5])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "median", "high"])


def draw_kappas(spread: pd.DataFrame) -> Figure:
    """Draw the range of kappa for each kind of simulated rater.

    spread : columns low, median and high; the index is the chance to copy our verdict
    """
    rows = spread.reset_index(names="chance").to_dict("records")

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows):
            draw_interval(ax, y, row["low"], row["high"], row["median"], look.second)
            words = f"{row['low']:.2f} to {row['high']:.2f}".replace("-", "\u2212")
            ax.text(row["high"] + 0.03, y, words, va="center")
        ax.axvline(0, color=look.faint, zorder=0)
        ax.set(xlim=(-0.3, 1.42), ylim=(len(rows) - 0.5, -0.5), xlabel="kappa")
        ax.set_ylabel("chance of copying our verdict")
        ax.set_yticks(range(len(rows)), [f"{row['chance']:.0%}" for row in rows])
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1])

    return show(
        draw,
        name="kappa",
        title="In 95 of 100 simulations, luck alone moved the kappa of a second rater by no more "
        "than about 0.2 either way",
        subtitle="Kappa of two raters, by the chance that the second copies a verdict and doesn't "
        "guess. Simulated; bars hold 95 of 100 simulations.",
        sources=["claims.csv", MODEL],
        alt="Dots with 95 percent ranges of kappa for simulated second raters. "
        + " ".join(
            f"Copying {row['chance']:.0%}: kappa {row['median']:.2f}, range {row['low']:.2f} to "
            f"{row['high']:.2f}."
            for row in rows
        ),
        limits="How far real raters would agree with us. They may disagree most on hard claims and "
        "not at random, and nobody has rated the claims a second time yet.",
        data=spread.round(3).reset_index(names="chance"),
        size=(5.2, 3.2),
    )


def claims_by_device(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the number of claims by family of device, and how many of them don't hold up."""
    families = {
        "bends the logic": "bends the logic",
        "sells": "sells",
        "borrows trust": "borrows trust",
        "takes it as given": "takes it as given",
        "hides source or number": "hides source\nor number",
        "hedges without content": "hedges\nwithout content",
        "": "no device seen",
    }
    fails = claims["verdict"].isin(FAILS)
    by_family = fails.groupby(claims["device_family"].fillna("")).agg(["sum", "count"])
    used = by_family.loc[list(families)].set_axis(["does_not_hold_up", "claims"], axis=1)
    return used.assign(label=list(families.values())).reset_index(names="family")


def draw_devices(used: pd.DataFrame) -> Figure:
    """Draw for each family of device how many claims don't hold up, out of those that use it.

    used : columns family, label, does_not_hold_up and claims
    """
    rows = used.to_dict("records")
    others = sum(row["claims"] - row["does_not_hold_up"] for row in rows if row["family"])

    def draw(ax: Axes, look: Look) -> None:
        fails, all_claims = used["does_not_hold_up"], used["claims"]
        weak: dict[str, Any] = {"color": look.ink, "edgecolor": look.muted}
        rest: dict[str, Any] = {"color": look.faint, "edgecolor": look.muted}
        lines = range(len(rows))
        ax.barh(lines, fails, height=0.62, label="doesn't hold up", **weak)
        label = "holds up, or says what people should do"
        ax.barh(lines, all_claims - fails, left=fails, height=0.62, label=label, **rest)
        for y, row in enumerate(rows):
            words = f"{row['does_not_hold_up']} of {row['claims']}"
            ax.text(row["claims"] + 0.3, y, words, va="center")
        name_rows(ax, list(used["label"]))
        ax.set(xlim=(0, 27.5), xlabel="claims (beside the bar: how many don't hold up)")
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.14))

    return show(
        draw,
        name="devices",
        title=f"All {used['does_not_hold_up'].sum()} claims that don't hold up use a device, and "
        f"so do {others} others",
        subtitle="Claims of the article, by the device they use. First piece of a bar: doesn't "
        "hold up.",
        sources=["claims.csv", "Our own reading."],
        alt="Bars by family of device, with the number of claims that don't hold up. "
        + " ".join(
            f"{row['family'] or 'No device seen'}: {row['does_not_hold_up']} of {row['claims']}."
            for row in rows
        ),
        limits="Whether devices mark the claims that fail: the same person looked for devices and "
        "gave the verdicts, and may have looked harder where they already had doubts.",
        data=used.drop(columns="label").replace("", "none seen"),
        size=(5.2, 4.2),
        narrow=430,
    )


def what_the_article_says() -> pd.DataFrame:
    """Return what a reader would want to know, with what the article says at the top."""
    table = load_table("omissions")
    return table.sort_values(["in_article", "kind"], ascending=[False, True], ignore_index=True)


def draw_left_out(things: pd.DataFrame) -> Figure:
    """Draw the list of what a reader would want to know, marked by whether the article says it.

    things : the table of omissions, what the article says first
    """
    there = things["in_article"] == "yes"
    said = int(there.sum())

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(things.to_dict("records")):
            if row["in_article"] == "yes":
                ax.plot(0, y, "s", color=look.ink)
            else:
                ax.plot(0, y, "_", color=look.muted, mew=2.5)
            ax.text(0.05, y, row["what"], va="center")
        ax.axhline(said - 0.5, color=look.faint)
        bold: dict[str, Any] = {"va": "center", "ha": "right", "fontweight": "bold"}
        ax.text(1.5, (said - 1) / 2, "said", **bold)
        ax.text(1.5, said + 1 if look.narrow else said + 0.2, "left out", **bold)
        ax.set(xlim=(-0.05, 1.52), ylim=(len(things) - 0.4, -0.7))
        ax.axis("off")

    return show(
        draw,
        name="left-out",
        title=f"Of the {len(things)} things on our list, the article says {said}",
        subtitle="What a reader would want to know, and whether the article says it.",
        sources=["omissions.csv", "Our own reading."],
        alt=f"A list. Said: {'; '.join(things.loc[there, 'what'])}. "
        f"Left out: {'; '.join(things.loc[~there, 'what'])}."[:600],
        limits="What another list would find. We chose this one, and one person searched the "
        "article for it.",
        data=things[["id", "what", "in_article", "kind", "fact_id"]],
        size=(5.2, 4.6),
    )


def draw_signal(table: pd.DataFrame) -> Figure:
    """Draw how many of 100 claims hold up, of those that pull towards kratom and of the others.

    table : number of claims; rows "pulls towards" and "other", columns "holds up" and "doesn't"
    """
    names = {"pulls towards": "pulls towards\nkratom", "other": "doesn't pull\ntowards it"}
    held, total = table["holds up"], table.sum(axis=1)

    def draw(axes: Sequence[Axes], look: Look) -> None:
        for ax, (row, name) in zip(axes, names.items(), strict=True):
            draw_icons(ax, look, [(held[row], look.ink, True)], total=total[row], per_row=6)
            ax.set_title(f"{name}:\n{held[row]} of {total[row]} hold up")
            ax.set_ylim(-3.7, 0.7)

    return show(
        draw,
        name="signal",
        title=f"Of the {total['pulls towards']} testable claims that pull towards kratom, "
        f"{held['pulls towards']} hold up; of the {total['other']} others, {held['other']}",
        subtitle="Each dot is one claim of the article that can be true or false. Filled: it "
        "holds up, with limits or without.",
        sources=["claims.csv", "Our own reading."],
        alt="Two grids with a dot for each testable claim, filled for those that hold up. Of those "
        f"that pull towards kratom {held['pulls towards']} of {total['pulls towards']} hold up, of "
        f"the others {held['other']} of {total['other']}.",
        limits="How other pages or other raters would do. This is one article and one rater, who "
        "knew which way each claim pulls.",
        data=pd.DataFrame(
            {
                "group": [name.replace("\n", " ") for name in names.values()],
                "hold_up": [held[row] for row in names],
                "claims": [total[row] for row in names],
            }
        ),
        size=(5.2, 3.5),
        columns=2,
    )


def draw_base_rate(table: pd.DataFrame) -> Figure:
    """Draw how many claims with a signal hold up, by how many of a page hold up to begin with.

    table : number of claims; rows "pulls towards" and "other", columns "holds up" and "doesn't"
    """
    base = np.linspace(0.01, 0.99, 99)
    if_true, if_false = (table.loc["pulls towards"] / table.sum()).to_numpy(float)
    after_pull = base * if_true / (base * if_true + (1 - base) * if_false)
    missed = base * (1 - if_true)
    after_none = missed / (missed + (1 - base) * (1 - if_false))
    here = 100 * table["holds up"].sum() / table.to_numpy().sum()
    seen = 100 * table["holds up"] / table.sum(axis=1)

    def draw(ax: Axes, look: Look) -> None:
        ax.plot(100 * base, 100 * base, ":", color=look.muted)
        ax.plot(100 * base, 100 * after_pull, color=look.ink)
        ax.plot(100 * base, 100 * after_none, "--", color=look.second)
        ax.plot(here, seen["pulls towards"], "o", color=look.ink)
        ax.plot(here, seen["other"], "s", color=look.second)
        ax.axvline(here, color=look.faint, zorder=0)
        ax.text(here - 1.5, 5, "this\narticle", color=look.muted, ha="right")
        ax.text(24, 74, "doesn't\npull", color=look.second, ha="right", va="bottom")
        small: dict[str, Any] = {"ha": "center", "va": "bottom"}
        ax.text(44, 48, "no signal", color=look.muted, **small | {"ha": "right"})
        ax.text(77, 34, "pulls\ntowards\nkratom", ha="left", va="top")
        ax.set(xlim=(0, 100), ylim=(0, 100))
        ax.set_xlabel("of 100 claims on the page, how many hold up")
        ax.set_ylabel("and of those with this signal")
        ax.set_xticks([0, 25, 50, 75, 100])
        ax.set_yticks([0, 25, 50, 75, 100])

    few, half, most = (100 * np.interp(share, base, after_pull) for share in (0.25, 0.5, 0.9))
    curve = pd.DataFrame({"base": base, "after_pull": after_pull, "after_none": after_none})
    return show(
        draw,
        name="base-rate",
        title="In a model, how many claims with a signal hold up depends on how many on the page "
        "do",
        subtitle="Claims that hold up, of 100, by how many of the page hold up to begin with. "
        "Lines: a model; marks: this article.",
        sources=["claims.csv", MODEL],
        alt="Two curves against the share of claims on a page that hold up. A claim that pulls "
        f"towards kratom holds up in {few:.0f} of 100 cases where 25 of 100 claims do, in "
        f"{half:.0f} where 50 do and in {most:.0f} where 90 do. In this article {here:.0f} of 100 "
        f"testable claims hold up, {seen['pulls towards']:.0f} of those that pull and "
        f"{seen['other']:.0f} of the others.",
        limits="How the signal works on other pages. The curves assume that it works there as it "
        "did on this one, which we haven't tested.",
        data=curve.iloc[::6],
        size=(5.2, 3.6),
    )


def draw_title_match(found: pd.DataFrame) -> Figure:
    """Draw how like each title is to the nearest one on the course's shelf.

    found : column score; the index is the letter of the title
    """
    invented = ["B", "D"]
    ranked = found.assign(real=~found.index.isin(invented), score=found["score"].astype(float))
    ranked = ranked.sort_values("score", ascending=False).reset_index(names="title")
    rows = ranked.to_dict("records")

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(rows):
            marker, colour = ("o", look.second) if row["real"] else ("X", look.ink)
            ax.plot([0, row["score"]], [y, y], color=look.faint, lw=2, zorder=0)
            ax.plot(row["score"], y, marker, color=colour, ms=9)
            ax.text(row["score"] + 0.03, y, f"{row['score']:.2f}", va="center")
        ax.plot([], [], "o", color=look.second, label="exists")
        ax.plot([], [], "X", color=look.ink, ls="none", label="invented for this exercise")
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2)
        name_rows(ax, list(ranked["title"]))
        ax.set(xlim=(0, 1.15), xlabel="likeness to the nearest title (1: the same)")
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1])

    return show(
        draw,
        name="title-match",
        title="An invented title scored higher than a real one that isn't on the shelf",
        subtitle="How like each title is to the nearest one on our shelf, from 0 to 1.",
        sources=["The works that this course cites.", MODEL],
        alt="Likeness of six titles to the nearest work of the course. "
        + " ".join(
            f"{row['title']}, {'real' if row['real'] else 'invented for this exercise'}: "
            f"{row['score']:.2f}."
            for row in rows
        ),
        limits="Whether a work exists, or what it says: the score compares letters with one shelf. "
        "We chose six titles to make this point.",
        data=ranked.round(3),
        size=(5.2, 3.2),
    )


def draw_reading_grades(graded: pd.DataFrame) -> Figure:
    """Draw the reading grade of each claim, by verdict, with the limit advised for patients.

    graded : columns claim_id, verdict and grade
    """
    low, high = load_facts()["rec-157"].bounds
    labels = ["supported", "with limits", "unsupported", "contradicted"]
    grades = {
        verdict: graded.loc[graded["verdict"] == verdict, "grade"] for verdict in VERDICTS[:4]
    }

    def draw(ax: Axes, look: Look) -> None:
        ax.axvspan(low, high, color=look.faint, alpha=0.7, lw=0)
        advised = (low + high) / 2
        ax.text(advised, -0.62, "limit advised", color=look.muted, ha="center")
        for y, (verdict, values) in enumerate(grades.items()):
            marker, colour = ("X", look.ink) if verdict in FAILS else ("o", look.second)
            places = y + 0.16 * (np.arange(len(values)) % 3 - 1)
            ax.plot(np.sort(values), places, marker, color=colour, ms=6)
            ax.plot([values.median()] * 2, [y - 0.32, y + 0.32], color=look.ink, lw=2)
        name_rows(ax, labels)
        ax.set(ylim=(len(grades) - 0.5, -0.95), xlabel="reading grade of our paraphrase")
        ax.set_xticks([6, 8, 10, 12, 14, 16, 18])

    return show(
        draw,
        name="reading-grade",
        title="Above the limit advised, claims that hold up and claims that don't are found at "
        "much the same reading grades",
        subtitle="School grade of our paraphrase of each claim that can be true or false, by our "
        "verdict. Bar: the median.",
        sources=["rec-157", "claims.csv"],
        alt="Reading grades of the paraphrased claims by verdict. "
        + " ".join(
            f"{verdict.capitalize()}: middle grade {values.median():.0f}, from {values.min():.0f} "
            f"to {values.max():.0f}."
            for verdict, values in grades.items()
        )
        + f" Few of them are as low as grade {low:g} to {high:g}, the most that is advised.",
        limits="How hard the article's own sentences are: these are our paraphrases, with a rough "
        "count of syllables. The formula measures length, and neither clarity nor truth.",
        data=graded.loc[graded["verdict"] != "normative", ["claim_id", "verdict", "grade"]].round(
            1
        ),
        size=(5.2, 3.2),
    )
