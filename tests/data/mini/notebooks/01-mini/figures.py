"""The figures of the small chapter."""

import pandas as pd

from kratomcourse.charts import show


def draw_occupancy(curve, peak):
    """Draw the share of receptors bound."""

    def draw(ax, look):
        ax.semilogx(curve["x"], curve["y"], color=look.leaf)
        ax.set_xlabel("unbound concentration, nM")
        ax.set_ylabel("share bound")

    return show(
        draw,
        name="occupancy",
        title="Half of the receptors are bound at one half",
        subtitle="Share of receptors bound, by the unbound concentration.",
        sources=["model"],
        alt=f"A rising S-shaped curve that reaches one half at {peak} nM.",
        limits="It says nothing about what a person feels.",
        data=curve,
    )


def draw_nothing():
    """Draw what no notebook imports."""
    return pd.DataFrame()
