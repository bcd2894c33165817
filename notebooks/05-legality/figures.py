"""The figures of chapter 5: each function takes the rows that it draws and returns the figure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kratomcourse.charts import (
    MODEL,
    Figure,
    Look,
    draw_interval,
    name_rows,
    show,
)
from kratomcourse.charts.maps import AGES, COUNTRIES, LEAF, SEVEN_OH, Status, age_class, draw_tiles
from kratomcourse.charts.maps import draw_countries as draw_country_tiles
from kratomcourse.evidence import Fact, load_facts

PRODUCT_WORDS = {"leaf": ("leaf", "leaf and 7-OH"), "7-OH": ("7-OH", "leaf and 7-OH")}

LABELS = {  # the federal acts that are drawn, by their id in us_federal_timeline.csv
    "uf-002": "import alert on kratom goods",
    "uf-005": "notice: mitragynine and 7-OH",
    "uf-006": "that notice withdrawn",
    "uf-008": "health department: control both",
    "uf-009": "recommendation taken back",
    "uf-010": "goods seized in Florida",
    "uf-014": "warning letters on 7-OH",
    "uf-015": "FDA recommends scheduling 7-OH",
    "uf-016": "7-OH goods seized in Missouri",
    "uf-019": "notice: 7-OH above a threshold",
    "uf-022": "a Senate bill",
    "uf-023": "ORDER: three lab-made relatives",
    "uf-025": "new notice: 7-OH, new threshold",
    "uf-027": "earliest day for a 7-OH order",
}

BINDS = {
    "everybody": "binds everyone",
    "goods and firms": "binds goods and firms",
    "nobody yet": "binds nobody yet",
    "unknown": "not known to us",
}


def newest_source(states: pd.DataFrame) -> "pd.Series[str]":
    """Return the day of each state's newest source (ISO dates), of the two that its row names."""
    return states[["as_of", "confirm_as_of"]].max(axis=1)


def codes_by_status(
    states: pd.DataFrame, column: str, styles: Mapping[str, Status]
) -> dict[str, list[str]]:
    """Return the codes of the states with each status of `column`, in the order of the legend."""
    groups = {key: sorted(states.loc[states[column] == key, "code"]) for key in styles}
    return {key: codes for key, codes in groups.items() if codes}


def in_words(groups: Mapping[str, list[str]]) -> str:
    """Say how many places have each status, and which."""
    return "; ".join(f"{key} {len(codes)} ({', '.join(codes)})" for key, codes in groups.items())


def disputed_codes(states: pd.DataFrame, product: str) -> list[str]:
    """Return the codes of the places whose sources contradict each other about a product."""
    return sorted(states.loc[states["disputed"].isin(PRODUCT_WORDS[product]), "code"])


def draw_leaf_map(states: pd.DataFrame) -> Figure:
    """Draw the status of leaf in each state as a tile map.

    states : rows of us_states.csv; T marks a temporary rule, ? a dispute
    """
    banned = states[states["status_leaf"] == "banned"]
    temporary = sorted(banned.loc[banned["temporary"] == "leaf and 7-OH", "code"])
    disputed = disputed_codes(states, "leaf")
    marks = dict.fromkeys(temporary, "T") | dict.fromkeys(disputed, "?")
    status = dict(zip(states["code"], states["status_leaf"], strict=True))
    groups = codes_by_status(states, "status_leaf", LEAF)

    def draw(ax: Axes, look: Look) -> None:
        draw_tiles(ax, look, status, LEAF, marks)

    return show(
        draw,
        name="states-leaf",
        title=f"By the sources we found, {len(banned)} states ban leaf, and for "
        f"{len(disputed)} other places the sources contradict each other on whether they do",
        subtitle="The law on leaf by state. T: temporary; ?: sources disagree.",
        sources=["us_states.csv"],
        alt=f"Tile map of the US states, DC and Puerto Rico. Leaf: {in_words(groups)}. "
        f"Temporary: {', '.join(temporary)}. Disputed: {', '.join(disputed)}.",
        limits="The rules of cities and counties, which a state's colour hides. Each state's "
        f"sources have their own dates, none newer than {newest_source(states).max()}.",
        data=states[
            ["code", "name", "status_leaf", "temporary", "disputed", "as_of", "confirm_as_of"]
        ],
        size=(5.2, 3.8),
    )


def draw_7oh_map(states: pd.DataFrame) -> Figure:
    """Draw the status of concentrated 7-OH in each state as a tile map.

    states : rows of us_states.csv; T marks a temporary rule, ? a dispute
    """
    temporary = sorted(states.loc[states["temporary"] != "no", "code"])
    disputed = disputed_codes(states, "7-OH")
    marks = dict.fromkeys(temporary, "T") | dict.fromkeys(disputed, "?")
    status = dict(zip(states["code"], states["status_7oh"], strict=True))
    groups = codes_by_status(states, "status_7oh", SEVEN_OH)

    def draw(ax: Axes, look: Look) -> None:
        draw_tiles(ax, look, status, SEVEN_OH, marks)

    return show(
        draw,
        name="states-7oh",
        title=f"By the sources we found, concentrated 7-OH is banned in {len(groups['banned'])} "
        f"places, covered by a leaf ban in {len(groups['covered by leaf ban'])} more and capped in "
        f"{len(groups['limited'])}",
        subtitle="The law on concentrated 7-OH by state. T: temporary; ?: sources disagree.",
        sources=["us_states.csv"],
        alt=f"Tile map of the US states, DC and Puerto Rico. Concentrated 7-OH: "
        f"{in_words(groups)}. Temporary: {', '.join(temporary)}. "
        f"Disputed: {', '.join(disputed)}.",
        limits="What federal law adds to these state rules. A place marked ? is counted by its "
        "colour. No specific rule means that we found none in a state's law, which isn't proof "
        "that there is none.",
        data=states[["code", "name", "status_7oh", "limit_7oh", "temporary", "disputed", "as_of"]],
        size=(5.2, 3.8),
    )


def ban_counts(states: pd.DataFrame) -> pd.DataFrame:
    """Return five counts of ban states by others and three of ours: list, as_of, ban_states."""
    facts = load_facts()
    leaf = states["status_leaf"]
    banned = leaf == "banned"
    last = f"{pd.Timestamp(states['looked_on'].max()):%b %Y}"
    lasting = banned & (states["temporary"] == "no")
    return pd.DataFrame(
        [
            ("news survey, without DC", "Aug 2025", facts["le010"].number),
            ("Senate paper", "Jan 2026", facts["le002"].number),
            ("Connecticut's agency", "Feb 2026", facts["le117"].number),
            ("trade site", "23 Jul 2026", facts["le155"].number),
            ("newspaper, reported", "26 Jul 2026", facts["le156"].number),
            ("our table, lasting bans only", last, lasting.sum()),
            ("our table", last, banned.sum()),
            ("our table, banned or other", last, leaf.isin(["banned", "other"]).sum()),
        ],
        columns=["list", "as_of", "ban_states"],
    )


def draw_ban_counts(counts: pd.DataFrame) -> Figure:
    """Draw how many ban states each list counts, one line a list.

    counts : columns list, as_of and ban_states, as from `ban_counts`
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(counts.to_dict("records")):
            ours = row["list"].startswith("our")
            ax.plot(row["ban_states"], y, "s" if ours else "o", color=look.ink)
            words = f"{row['ban_states']:.0f}"
            ax.text(row["ban_states"] + 0.5, y, words, va="center", fontweight="bold")
        ax.set(xlim=(0, 16), xlabel="states counted as banning leaf")
        name_rows(ax, [f"{row['list']},\n{row['as_of']}" for row in counts.to_dict("records")])
        ax.set_xticks([0, 5, 10, 15])

    return show(
        draw,
        name="ban-counts",
        title=f"Eight counts of ban states run from {counts['ban_states'].min():.0f} to "
        f"{counts['ban_states'].max():.0f}, by different dates, rules and sources",
        subtitle="States counted as banning leaf, by who counted and when. Squares: our own "
        "counts.",
        sources=["le010", "le002", "le117", "le155", "le156", "us_states.csv"],
        alt="Dot plot of eight counts of states that ban kratom leaf. "
        + " ".join(
            f"{row.list}, {row.as_of}: {row.ban_states:.0f}." for row in counts.itertuples()
        ),
        limits="What one common rule would give. The counts by others don't follow one "
        "(Connecticut's counts states with kratom in Schedule I), and ours rest partly on news and "
        "trackers. The last row adds places where the sources conflict or the rule fits no word.",
        data=counts,
        size=(5.2, 4.2),
    )


def act_styles(look: Look) -> dict[str, dict[str, Any]]:
    """Return how an act is marked, by whom it binds: a square or diamond, a flat bar if nobody."""
    return {
        "everybody": {"marker": "s", "color": look.ink, "markersize": 11},
        "goods and firms": {"marker": "D", "color": look.muted, "markersize": 7},
        "nobody yet": {"marker": "_", "color": look.muted, "markersize": 11, "mew": 3},
        "unknown": {"marker": "$?$", "color": look.ink, "markersize": 11},
    }


def one_in_words(count: int) -> str:
    """Return "one" for 1, and any other count in figures."""
    return "one" if count == 1 else str(count)


def draw_federal_acts(acts: pd.DataFrame) -> Figure:
    """Draw federal acts from top to bottom in time, each with a mark for whom it binds.

    acts : rows of us_federal_timeline.csv; those in `LABELS` are drawn
    """
    shown = acts[acts["id"].isin(list(LABELS))].reset_index(drop=True)
    binding = shown[shown["binds"] == "everybody"]
    done = shown[shown["binds"] != "unknown"]  # the last row is a date and not an act

    def draw(ax: Axes, look: Look) -> None:
        style = act_styles(look)
        ax.plot([0, 0], [0, len(shown) - 1], color=look.faint, lw=3, zorder=0)
        for y, row in enumerate(shown.to_dict("records")):
            weight = "bold" if row["binds"] == "everybody" else "normal"
            ax.plot(0, y, **style[row["binds"]])
            ax.text(-0.25, y, row["date"], ha="right", va="center", color=look.muted)
            ax.text(0.25, y, LABELS[row["id"]], va="center", fontweight=weight)
        for key, words in BINDS.items():
            ax.plot([], [], linestyle="", label=words, **style[key])
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=2, handletextpad=0.3)
        ax.set(xlim=(-1.9, 4.6), ylim=(len(shown) - 0.5, -0.6))
        ax.axis("off")

    def months(key: str) -> str:
        return ", ".join(str(date)[:7] for date in shown.loc[shown["binds"] == key, "date"])

    return show(
        draw,
        name="federal-acts",
        title=f"Of these {len(done)} federal acts, {one_in_words(len(binding))} bound everyone, "
        "and it covered neither leaf nor 7-OH",
        subtitle="Acts of federal bodies in order of time, by whom each binds.",
        sources=["us_federal_timeline.csv"],
        alt=f"Timeline of {len(done)} acts and one date from 2014 to 2026, each with a shape for "
        f"whom it binds. Nobody yet: {months('nobody yet')}. Goods and firms: "
        f"{months('goods and firms')}. Everyone: {months('everybody')}, the order on three "
        "lab-made relatives of 7-OH. The last mark, a question mark, is the earliest day for an "
        "order on 7-OH.",
        limits="Every federal act. We chose these from a longer table, and whom each binds is our "
        "reading. The newest notice is placed at the day on which it was due. Acts after 10 "
        "October 2026 may exist that we haven't seen.",
        data=shown[
            ["id", "date", "body", "binds", "what_it_did", "what_it_did_not_do", "source_key"]
        ],
        size=(5.2, 5.0),
        narrow=560,
    )


def draw_layers(layers: pd.DataFrame) -> Figure:
    """Draw which layer of rules forbids which product, as a grid of boxes.

    layers : column layer, and one column a product with words such as "forbids"
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(layers.to_dict("records")):
            for x, product in enumerate(layers.columns[1:]):
                forbids = row[product] == "forbids"
                open_edge = row[product] in ("unknown", "not looked up")
                ax.barh(
                    y,
                    0.94,
                    height=0.6 if look.narrow else 0.84,
                    left=x,
                    color=look.paper,
                    edgecolor=look.ink if forbids else look.muted,
                    linewidth=3 if forbids else 1.2,
                    linestyle="--" if open_edge else "-",
                )
                ax.text(
                    x + 0.47,
                    y,
                    row[product].replace("not ", "not\n"),
                    ha="center",
                    va="center",
                    fontweight="bold" if forbids else "normal",
                )
        ax.set(xlim=(-0.03, 3), ylim=(len(layers) - 0.5, -0.55))
        ax.set_yticks(range(len(layers)), layers["layer"])
        ax.set_xticks([0.47, 1.47, 2.47], ["leaf", "concentrated\n7-OH", "lab-made\nrelatives"])
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)

    forbidding = layers.loc[layers["leaf"] == "forbids", "layer"]
    return show(
        draw,
        name="layers",
        title=f"The state lets one invented person buy leaf, and {len(forbidding)} other layers "
        "forbid it or its sale",
        subtitle="What five layers of rules say to one invented person in Mississippi. Dashed: "
        "we don't know.",
        sources=["us_states.csv", "us_local.csv"],
        alt="Grid of five layers of rules against three products. "
        + " ".join(
            f"{row['layer']}: leaf {row['leaf']}, concentrated 7-OH {row['concentrated 7-OH']}, "
            f"lab-made relatives {row['lab-made relatives']}."
            for row in layers.to_dict("records")
        ),
        limits="What holds elsewhere, or on other days than those of our sources. For the county "
        "the tracker says only that the sale of kratom is banned, and we took that to cover 7-OH. "
        "Not looked up doesn't mean that there's no rule.",
        data=layers,
        size=(5.2, 3.8),
        narrow=400,
    )


def draw_thresholds() -> Figure:
    """Draw legal limits on 7-OH over 7-OH and mitragynine (mg/g), with the box of plain leaf.

    A limit by weight is a level line; a share of the alkaloids and a ratio are slopes.
    """
    facts = load_facts()
    leaf_mit = np.array(facts["ph031"].bounds)
    leaf_oh = 10 * np.array(facts["ph026"].bounds)
    x = np.logspace(0, np.log10(300), 100)
    slopes, ratio = share_slopes(facts), 1 / facts["le046"].number
    levels = {
        "1 mg/g": facts["le045"].number,
        f"{facts['le034'].value}%": 10 * facts["le034"].number,
        "400 ppm": facts["le076"].number / 1000,
    }

    def draw(ax: Axes, look: Look) -> None:
        ax.fill_between(leaf_mit, *leaf_oh, color=look.leaf, alpha=0.28, lw=0)
        ax.text(18, 0.083, "plain leaf", color=look.leaf, va="top")
        draw_levels(ax, look, levels)
        for (words, slope), dash in zip(slopes.items(), ("--", ":"), strict=True):
            ax.plot(x, slope * x, dash, color=look.muted)
            label = words.replace(" of ", " of\n")
            ax.text(315, slope * 300, label, color=look.muted, va="center")
        ax.plot(x, ratio * x, "-.", color=look.muted)
        ax.text(315, ratio * 320, "100 to 1", color=look.muted, va="center")
        ax.text(1.05, 8.4, "concentrated 7-OH:\nup here and beyond", va="top")
        ax.set(xscale="log", yscale="log", xlim=(1, 300), ylim=(0.05, 10))
        ax.set_xlabel("mitragynine, mg in 1 g")
        ax.set_ylabel("7-OH, mg in 1 g")
        ax.set_xticks([1, 10, 100], ["1", "10", "100"])
        ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
        ax.minorticks_off()

    needed = leaf_oh[1] / ratio
    lines = {f"limit {words}": slope * x for words, slope in slopes.items()}
    return show(
        draw,
        name="thresholds",
        title="Limits by weight are level, and shares and a ratio are slopes that cut through the "
        "box of leaf",
        subtitle="Limits on 7-OH in laws and proposals, past ones among them, by the mitragynine "
        "in a gram of product. Green: plain leaf. Both scales are logarithmic.",
        sources=["le034", "le045", "le076", "le065", "le067", "le046", "ph024", "ph026", "ph031"],
        alt="Log-log plot of 7-OH against mitragynine in a gram of product. Level lines at 0.4, "
        "0.5 and 1 mg of 7-OH. Sloping lines: 2 and 0.4 percent of the alkaloids, and a ratio of "
        f"100 to 1. A box of plain leaf spans {leaf_mit[0]:g} to {leaf_mit[1]:g} mg of "
        f"mitragynine and {leaf_oh[0]:g} to {leaf_oh[1]:g} mg of 7-OH. It lies under 0.5 mg; the "
        f"slopes cut through it. At {leaf_oh[1]:g} mg of 7-OH a leaf would need at least "
        f"{needed:.0f} mg of mitragynine to meet the ratio.",
        limits="Which pairs of amounts occur in leaf: the sides of the box come from different "
        "sources, so its corners may not exist. Shares are drawn with one value for mitragynine's "
        "part of the alkaloids. A legal limit isn't a safe amount.",
        data=pd.DataFrame({"mitragynine_mg_per_g": x} | lines | {"limit 100 to 1": ratio * x}).iloc[
            ::5
        ],
        size=(5.2, 4.0),
    )


def share_slopes(facts: Mapping[str, Fact]) -> dict[str, float]:
    """Return 7-OH over mitragynine at two states' shares of the alkaloids, strictest last."""
    part = facts["ph024"].number / 100  # mitragynine as a part of all alkaloids in leaf
    shares = (facts["le065"], facts["le067"])
    return {f"{fact.value}% of alkaloids": fact.number / 100 / part for fact in shares}


def draw_levels(ax: Axes, look: Look, levels: Mapping[str, float]) -> None:
    """Draw limits by weight as level lines with their words at the left end."""
    for words, level in levels.items():
        low = "ppm" in words
        ax.axhline(level, color=look.ink, lw=1.6)
        place = level * (0.96 if low else 1.04)
        ax.text(1.05, place, words, va="top" if low else "bottom")


def draw_countries(countries: pd.DataFrame) -> Figure:
    """Draw the status of leaf in each country as tiles, by region.

    countries : rows of countries.csv
    """
    status = dict(zip(countries["iso3"], countries["status"], strict=True))
    count = countries["status"].value_counts()
    dated = sorted(countries.loc[countries["as_of"] != "", "as_of"])
    middle = dated[len(dated) // 2][:4]

    def codes(key: str, among: list[str]) -> list[str]:
        return [code for code in among if status[code] == key]

    def draw(ax: Axes, look: Look) -> None:
        draw_country_tiles(ax, look, status, COUNTRIES)

    listed = (f"{key} {count[key]} ({', '.join(codes(key, sorted(status)))})" for key in COUNTRIES)
    return show(
        draw,
        name="countries",
        title=f"Of {len(countries)} countries we looked at, {count['banned/controlled']} ban or "
        f"control leaf, and for {count['unknown']} we couldn't find out",
        subtitle="Status of leaf in the countries that we looked at, by region.",
        sources=["countries.csv"],
        alt=f"Tiles of {len(countries)} countries by region and status of leaf. "
        f"{'; '.join(listed)}.",
        limits="What the law is today. Each source has its own date, and more than half are of "
        f"{middle} or earlier. Hong Kong is listed by itself. Countries that aren't listed weren't "
        "looked at. Codes are ISO codes.",
        data=countries[["iso3", "country", "status", "status_7oh", "as_of", "source_kind"]],
        size=(5.2, 4.6),
        narrow=620,
    )


def draw_use_by_policy(use: pd.DataFrame) -> Figure:
    """Draw past-year use of adults by the policy of their state, with 95% intervals.

    use : columns policy, percent, low and high; the ban states first
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(use.to_dict("records")):
            draw_interval(ax, y, row["low"], row["high"], row["percent"], look.mixed)
            ax.text(row["high"] + 0.04, y, f"{row['percent']:g}%", va="center")
        name_rows(ax, list(use["policy"]))
        ax.set(xlim=(0, 1.8), xlabel="adults who used kratom in the past year, %")
        ax.set_xticks([0, 0.5, 1, 1.5], ["0", "0.5", "1", "1.5"])

    overlap = use["high"][0] > use["low"][1:].max()
    rows = (
        f"{row.policy}: {row.percent:g} percent ({row.low:g} to {row.high:g})."
        for row in use.itertuples()
    )
    return show(
        draw,
        name="use-by-policy",
        title="In a survey of 2021 past-year use of kratom was lowest in ban states"
        + (", but the intervals overlap" if overlap else ""),
        subtitle="Adults who used kratom in the past year, %, by the policy of their state in "
        "2021. Pale bars: 95% intervals.",
        sources=["risk-016", "risk-017", "risk-018"],
        alt="Dot plot with 95 percent intervals of past-year use among US adults in 2021. "
        + " ".join(rows),
        limits="Use that people didn't report to this online panel, whose answers were weighted. "
        "People in a ban state may be less ready to report it, which the interval doesn't cover.",
        data=use,
        size=(5.2, 2.4),
    )


def draw_ages(states: pd.DataFrame, today: pd.Timestamp) -> Figure:
    """Draw how old the newest source of each state is, as a tile map with months.

    states : rows of us_states.csv
    today  : the day from which ages are counted
    """
    newest = newest_source(states)
    age = ((today - pd.to_datetime(newest)).dt.days / 30.44).round().astype(int)
    months = dict(zip(states["code"], age, strict=True))
    classes = {code: age_class(old) for code, old in months.items()}
    of_class = pd.Series(classes).value_counts()
    middle = sorted(age)[len(age) // 2]

    def draw(ax: Axes, look: Look) -> None:
        draw_tiles(ax, look, classes, AGES, months)

    return show(
        draw,
        name="states-age",
        title=f"For half of the states our newest source was about {middle} months old or older on "
        "the day this page was made",
        subtitle="Months since the newest source for each state, on the day this page was made.",
        sources=["us_states.csv"],
        alt="Tile map with the age of the newest source under each state's code, in months on "
        f"{today:%Y-%m-%d}. "
        + "; ".join(f"{key}: {of_class[key]}" for key in AGES if key in of_class)
        + ".",
        limits="Whether a source is right: an old one may be, and a new one wrong. Age says how "
        "old the newest source is that we found, and not when we last looked.",
        data=states[["code", "name"]].assign(newest=newest, months=age),
        size=(5.2, 3.8),
    )


def draw_decay(pace: int, places: int) -> Figure:
    """Draw the chance that one row, and that a whole table, is still right after so many days.

    pace   : changes a year in the whole table
    places : rows of the table
    """
    half_life = 365 * np.log(2) / pace
    t = np.arange(0, 366)
    one = 100 * np.exp(-pace / places * t / 365)
    whole = 100 * np.exp(-pace * t / 365)

    def draw(ax: Axes, look: Look) -> None:
        ax.plot(t, one, "--", color=look.ink)
        ax.plot(t, whole, ":", color=look.ink)
        ax.plot([half_life, half_life], [0, 50], color=look.muted, lw=1)
        words = f"even odds after {half_life:.0f} days"
        ax.text(half_life + 10, 52, words, va="bottom")
        ax.text(190, 84, "one row", va="top")
        ax.text(92, 12, f"all {places} rows together", va="bottom")
        ax.set(xlim=(0, 365), ylim=(0, 104), xlabel="days since the table was right")
        ax.set_ylabel("chance of being still right, %")
        ax.set_xticks([0, 90, 180, 270, 365])
        ax.set_yticks([0, 50, 100])

    return show(
        draw,
        name="stale",
        title="In a simple model one row will probably last a year, and the whole table has even "
        "odds of an error after "
        f"about {half_life:.0f} days",
        subtitle="Chance of being still right, %, by days since the table was right. Lines: a "
        "model "
        "with the pace of our own table.",
        sources=["us_states.csv", MODEL],
        alt="Two falling curves of the chance of being still right. One row: "
        f"{one[180]:.0f} percent after 180 days, {one[365]:.0f} percent after a year. All "
        f"{places} rows together: 50 percent after {half_life:.0f} days, {whole[90]:.0f} percent "
        "after 90 days.",
        limits="How laws really change. The model has one steady pace and places that change at "
        "random. In our table several changes share the first of July, and changes without a date "
        "aren't counted.",
        data=pd.DataFrame({"days": t, "one_row_percent": one, "whole_table_percent": whole}).iloc[
            ::15
        ],
        size=(5.2, 3.2),
    )


def draw_changes_by_year(days: "pd.Series[pd.Timestamp]", end: pd.Timestamp) -> Figure:
    """Draw how many dated changes of state law our table holds for each year.

    days : the day of each change
    end  : the day of the newest source, in the last year drawn
    """
    years = days.dt.year
    by_year = years.value_counts().reindex(range(years.min(), end.year + 1), fill_value=0)
    recent = by_year.loc[end.year - 1 :].sum()

    def draw(ax: Axes, look: Look) -> None:
        ax.bar(by_year.index, by_year, color=look.muted, width=0.7)
        for year, n in zip(by_year.index.tolist(), by_year.tolist(), strict=True):
            if n:
                ax.text(year, n + 0.25, str(n), ha="center")
        ax.set(ylim=(0, by_year.max() + 1.6))
        ax.set_ylabel("dated changes in our table")
        ax.set_xticks(by_year.index[::2], [str(year) for year in by_year.index[::2]])
        ax.tick_params(axis="x", length=0)

    return show(
        draw,
        name="years",
        title=f"In our table, which keeps only the latest changes, {recent} of {by_year.sum()} "
        f"dated ones fall in {end.year - 1} and {end.year}",
        subtitle="Dated changes of state law in our table, by year.",
        sources=["us_states.csv"],
        alt="Bar chart of dated changes of state law in our table by year. "
        + ", ".join(f"{year}: {n}" for year, n in by_year.items() if n)
        + f". {end.year} ends with our newest source, in {end:%B}.",
        limits="Changes that a later one replaced. The table keeps the latest of each place and "
        "product, so older ones are missing by design, and part of the rise may come from that.",
        data=by_year.rename_axis("year").rename("changes").reset_index(),
        size=(5.2, 3.0),
    )
