"""The figures of chapter 1: each function takes the rows that it draws and returns the figure."""

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes

from kratomcourse.charts import Figure, Look, show
from kratomcourse.evidence import load_facts

EVENTS = {
    "ph006": ("people", "use in place of opium goes on record"),
    "ph004": ("name", "the genus gets its name"),
    "ph001": ("name", "the species gets its present name"),
    "ph007": ("chemistry", "mitragynine is isolated"),
    "wk001": ("law", "Thailand forbids the tree"),
    "wk006": ("chemistry", "7-OH is described, from leaf"),
    "le088": ("law", "Thailand takes it off its narcotics list"),
    "wk026": ("market", "new products with much 7-OH appear"),
    "ph049": ("market", "MGM-15, made in a laboratory, appears"),
}


def dated_events() -> pd.DataFrame:
    """Return the events of the timeline, each with the year that its fact gives."""
    facts = load_facts()
    rows = [(int(facts[fact].value[:4]), *words) for fact, words in EVENTS.items()]
    return pd.DataFrame(rows, columns=["year", "kind", "what"])


def draw_timeline(events: pd.DataFrame) -> Figure:
    """Draw events on one line each, by year.

    events : columns year, kind and what, in the order of the lines
    """

    def draw(ax: Axes, look: Look) -> None:
        for line, year in enumerate(events["year"]):
            left = year > 1930
            ax.plot(year, line, "o", color=look.ink, ms=9)
            ax.text(
                *(year + (-6 if left else 6), line, year),
                ha="right" if left else "left",
                va="center",
                fontsize=11,
                fontweight="bold",
            )
        ax.set(xlim=(1828, 2034), ylim=(len(events) - 0.5, -0.6))
        ax.set_xticks(range(1850, 2001, 50))
        labels = [fill(f"{row.kind}: {row.what}", 25) for row in events.itertuples()]
        ax.set_yticks(range(len(events)), labels)
        ax.tick_params(axis="y", length=0, labelsize=9.5)
        ax.spines["left"].set_visible(False)

    first = events["year"].min()
    return show(
        draw,
        name="timeline",
        title=f"On record since {first}, "
        "but products with much 7-OH appear only in the last few years",
        alt="Timeline with nine events. "
        + " ".join(f"{row.year}: {row.what}." for row in events.itertuples()),
        limits="When something began. These are dates on record, chosen by us. People used the "
        "leaf long before anyone wrote it down, and a first report is only the first one that a "
        "source knows of.",
        data=events,
        size=(5.2, 5.0),
    )
