"""The figures of chapter 1: each function takes the rows that it draws and returns the figure."""

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kratomcourse.charts import (
    INVENTED,
    MARKS,
    MODEL,
    Figure,
    Look,
    draw_icons,
    log_ticks,
    name_rows,
    show,
    works_of,
)
from kratomcourse.evidence import load_facts, load_table

EVENTS = {
    "ph006": ("people", "use in place of opium goes on record"),
    "ph004": ("name", "the genus gets its name"),
    "ph001": ("name", "the species gets its present name"),
    "ph007": ("chemistry", "mitragynine's isolation is reported"),
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
                fontweight="bold",
            )
        ax.set(xlim=(1828, 2034), ylim=(len(events) - 0.5, -0.6))
        ax.set_xticks(range(1850, 2001, 50))
        labels = [fill(f"{row.kind}: {row.what}", 25) for row in events.itertuples()]
        ax.set_yticks(range(len(events)), labels)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)

    first = events["year"].min()
    market = events.loc[events["kind"] == "market", "year"].min()
    return show(
        draw,
        name="timeline",
        title=f"Use is on record since {first}; "
        f"UNODC dates the new products with much 7-OH to {market}",
        subtitle="Nine dated events, the oldest at the top.",
        sources=[*EVENTS],
        alt="Timeline with nine events. "
        + " ".join(f"{row.year}: {row.what}." for row in events.itertuples()),
        limits="When people began to use the leaf, or what happened between these dates, which "
        "are on record and were chosen by us.",
        data=events,
        size=(5.2, 5.0),
        narrow=480,
    )


# Part 2: leaf, extract or 7-OH


def alkaloid_shares() -> pd.DataFrame:
    """Return the shares of mitragynine and 7-OH in leaf and in concentrated 7-OH, in percent."""
    facts = load_facts()
    return pd.DataFrame(
        {
            "what": ["leaf", "concentrated 7-OH"],
            "mitragynine_percent": [facts["ph024"].number, None],
            "7oh_percent_at_most": [facts["ph025"].number, facts["wk027"].number],
        }
    )


def draw_shares(shares: pd.DataFrame) -> Figure:
    """Draw the alkaloids of leaf and of concentrated 7-OH as two bars of a hundred percent.

    shares : as `alkaloid_shares` returns it
    """
    mitragynine = shares["mitragynine_percent"].iloc[0]
    leaf, tablet = shares["7oh_percent_at_most"]

    def draw(ax: Axes, look: Look) -> None:
        ax.barh([0, 1], [100, 100], color=look.faint, height=0.55)
        ax.barh(0, mitragynine, color=look.leaf, height=0.55)
        ax.barh(0, leaf, left=100 - leaf, color=look.seven_oh, height=0.55)
        ax.barh(1, tablet, color=look.seven_oh, height=0.55)
        inside = {"color": look.paper, "ha": "center", "va": "center", "fontweight": "bold"}
        ax.text(mitragynine / 2, 0, f"mitragynine\nabout {mitragynine:g}%", **inside)
        ax.text(82, 0, "others", ha="center", va="center")
        ax.text(tablet / 2, 1, f"7-OH\nup to {tablet:g}%", **inside)
        ax.text(100, -0.48, f"7-OH: below {leaf:g}%", ha="right", va="center", color=look.seven_oh)
        ax.set(xlim=(0, 100), ylim=(1.5, -0.7), xlabel="% of the alkaloids")
        ax.set_yticks([0, 1], ["leaf", "concentrated\n7-OH"])
        ax.set_xticks([0, 25, 50, 75, 100])
        ax.tick_params(axis="y", length=0)

    return show(
        draw,
        name="shares",
        title=f"FDA puts 7-OH below {leaf:g}% of leaf alkaloids; "
        f"new products, an editorial says, may be up to {tablet:g}% 7-OH",
        subtitle="Share of the alkaloids in leaf and, as we read it, in concentrated 7-OH, %.",
        sources=["ph024", "ph025", "wk027"],
        alt=f"Two bars of alkaloid shares. Leaf: mitragynine about {mitragynine:g} percent, 7-OH "
        f"below {leaf:g} percent, the rest other alkaloids. Concentrated 7-OH: 7-OH up to "
        f"{tablet:g} percent.",
        limits="Amounts or effects. The share of mitragynine comes from a paper that names no "
        "origin, and that of 7-OH in leaf from FDA. The source of the lower bar doesn't say what "
        "its percentage is of; that it means the alkaloids is our reading.",
        data=shares,
        size=(5.2, 3.0),
    )


def audited_products() -> pd.Series:
    """Return the products of a web audit by what they named, as whole numbers of a hundred."""
    facts = load_facts()
    alone, pseudoindoxyl = round(facts["ph040"].number), round(facts["wk012"].number)
    as_kratom = round(facts["ph040"].number * facts["ph041"].number / 100)
    return pd.Series(
        {
            "7-OH only, sold as kratom": as_kratom,
            "7-OH only, not sold as kratom": alone - as_kratom,
            "7-OH with pseudoindoxyl": 100 - alone - pseudoindoxyl,
            "pseudoindoxyl only": pseudoindoxyl,
        }
    )


def draw_audit(audit: pd.Series) -> Figure:
    """Draw a hundred products as dots, grouped by what their pages named.

    audit : as `audited_products` returns it
    """
    labels = (
        "7-OH only,\n      sold as “kratom”",
        "7-OH only, not sold so",
        "7-OH + pseudoindoxyl",
        "pseudoindoxyl only",
    )

    def draw(ax: Axes, look: Look) -> None:
        colours = [look.seven_oh, look.ink, look.mixed, look.compare]
        draw_icons(
            ax, look, [(count, tone, True) for count, tone in zip(audit, colours, strict=True)]
        )
        lines = zip(audit, labels, colours, (-3.3, -6.9, -8.0, -9.1), strict=True)
        for count, label, colour, y in lines:
            ax.text(9.9, y, f"{count}  {label}", color=colour, va="center")
        ax.set_xlim(-0.7, 17)

    return show(
        draw,
        name="audit",
        title="Of every hundred 7-OH and pseudoindoxyl products in a web audit, "
        f"about {audit.iloc[0]} named 7-OH alone and were sold as kratom",
        subtitle="Each dot stands for one in a hundred of the products that the audit found.",
        sources=["ph040", "ph041", "wk012"],
        alt="One hundred dots. " + " ".join(f"{count}: {what}." for what, count in audit.items()),
        limits="What was in the products, or how many were sold. These are products on US web "
        "pages over half a year, rounded to whole dots. A page is a claim, and the audit "
        "tested no product.",
        data=audit.rename_axis("product").reset_index(name="of_100"),
        size=(5.2, 3.2),
    )


# Part 3: who uses kratom

ASKED = {
    "pv-001": ("US households, age 12 and over", "home"),
    "pv-023": ("Thai households", "home"),
    "pv-008": ("US online panel, weighted", "online"),
    "pv-015": ("US online, convenience sample", "online"),
    "pv-024": ("Bangkok students", "group"),
    "pv-018": ("clients of one US treatment home", "group"),
    "pv-025": ("Thai men who use drugs*", "group"),
}
DOORS = {
    "home": "Households sampled at random",
    "online": "People who answered online",
    "group": "One particular group",
}


def surveys_of_use() -> pd.DataFrame:
    """Return seven surveys of recent use: percent, who was asked, and by which door they came."""
    rows = load_table("prevalence").set_index("id")
    surveys = rows.loc[list(ASKED), ["percent", "measure", "year"]].copy()
    surveys["who"] = [who for who, _ in ASKED.values()]
    surveys["kind"] = [kind for _, kind in ASKED.values()]
    return surveys.reset_index()


def draw_surveys(surveys: pd.DataFrame) -> Figure:
    """Draw shares of recent use on a log scale, in a group for each door.

    surveys : as `surveys_of_use` returns it
    """

    def draw(ax: Axes, look: Look) -> None:
        ticks, y = {}, 0.0
        for kind, heading in DOORS.items():
            ax.text(0.32, y, heading, fontweight="bold", va="center", color=look.muted)
            y += 1
            for row in surveys[surveys["kind"] == kind].itertuples():
                ax.plot(row.percent, y, "o", color=look.ink, ms=9)
                ax.text(row.percent * 1.22, y, f"{row.percent:g}%", va="center")
                ticks[y] = row.who.replace(", ", ",\n").replace("one US", "one\nUS")
                y += 1
            y += 0.3
        name_rows(ax, list(ticks.values()), list(ticks))
        log_ticks(ax, 0.3, 260, [1, 10, 100])
        ax.set(ylim=(y - 0.6, -0.7), xlabel="used in the past year, %")

    said = [
        f"{DOORS[row.kind]}: {row.who.rstrip('*')}, {row.percent:g} percent."
        for row in surveys.itertuples()
    ]
    return show(
        draw,
        name="who-was-asked",
        title="In households sampled at random, under 1% had used kratom in a year; "
        f"in one chosen group, {surveys['percent'].max():g}% had in six months",
        subtitle="Used kratom in the past year (with a star: in six months), % of those asked. "
        "Log scale: each gridline is ten times the last.",
        sources=works_of("prevalence", ASKED),
        alt="Dot plot of recent use on a log scale, in three groups. " + " ".join(said),
        limits="How use changed. Years, countries and questions differ, and the row with a star "
        "asked about six months. Household surveys miss people in prison, in hospital or without "
        "a home, and kratom was forbidden in Thailand when Thai households were asked.",
        data=surveys,
        size=(5.2, 4.6),
    )


def women_and_men() -> pd.DataFrame:
    """Return the shares of men and women in two surveys of people who had used kratom."""
    facts = load_facts()
    men_thai, women_us = facts["wk018"].number, facts["wk019"].number
    return pd.DataFrame(
        {
            "survey": ["Thai households 2011, ever used", "online 2017, mostly US"],
            "men_percent": [men_thai, None],
            "women_percent": [round(100 - men_thai, 1), women_us],
        }
    )


def draw_women_and_men(gender: pd.DataFrame) -> Figure:
    """Draw who had used kratom in two surveys, as two bars of a hundred percent.

    gender : as `women_and_men` returns it
    """
    men_thai, women_us = gender["men_percent"].iloc[0], gender["women_percent"].iloc[1]

    def draw(ax: Axes, look: Look) -> None:
        inside = {"color": look.paper, "ha": "center", "va": "center", "fontweight": "bold"}
        for y, women in enumerate(gender["women_percent"]):
            ax.barh(y, 100, color=look.faint, height=0.5)
            ax.barh(y, women, color=look.ink, height=0.5)
            ax.text(women / 2, y, f"women\n{women:.0f}%", **inside)
        ax.text(58, 0, f"men {men_thai:.0f}%", ha="center", va="center")
        ax.text(80, 1, "all others", ha="center", va="center")
        ax.set(xlim=(0, 100), ylim=(1.5, -0.5), xlabel="% of those who had used kratom")
        ax.set_yticks([0, 1], ["Thai households\n2011", "online,\nmostly US\n2017"])
        ax.set_xticks([0, 50, 100])
        ax.tick_params(axis="y", length=0)

    return show(
        draw,
        name="men-and-women",
        title="In a survey of Thai households most of those who had used kratom were men; "
        "in an online survey most respondents were women",
        subtitle="People who said they had used kratom, by sex, %.",
        sources=["wk018", "wk019"],
        alt=f"Two bars. Of people in Thai households who had ever used kratom, {men_thai:g} "
        "percent were men. Of those who answered an online survey, nearly all of them in the "
        f"United States, {women_us:g} percent were women.",
        limits="How common use is among women or among men. One is a random survey on ever having "
        "used it, the other took volunteers, who needn't be like everyone who uses kratom.",
        data=gender,
        size=(5.2, 2.6),
    )


# Part 4: per cent of what


def measured_powder() -> pd.Series:
    """Return the six alkaloids measured in one leaf powder, in mg per g, the largest first."""
    content = load_table("alkaloid_content")
    measured = (content["source_key"] == "tanna2022clinical") & content["mean"].notna()
    means = content[measured].set_index("alkaloid")["mean"]
    return means.sort_values(ascending=False)


def draw_three_ways(powder: pd.Series) -> Figure:
    """Draw a gram of leaf, and its alkaloids enlarged.

    powder : as `measured_powder` returns it
    """
    main, total = powder.iloc[0], powder.sum()
    of_leaf, of_six = f"{main / 10:.1f}%", f"{100 * main / total:.0f}%"

    def draw_gram(ax: Axes, look: Look) -> None:
        ax.barh(0, 1000, color=look.faint, height=0.6)
        ax.barh(0, total, color=look.ink, height=0.6)
        ax.text(520, 0, "one gram of leaf: 1,000 mg", ha="center", va="center")
        ax.text(0, -0.65, f"six alkaloids: {total:.1f} mg", va="center")
        ax.set(xlim=(0, 1000), ylim=(1.0, -0.9))
        for start, end in ((0, 0), (total, 1000)):
            ax.plot([start, end], [0.3, 1.0], color=look.muted, lw=1, ls=":")

    def draw_alkaloids(ax: Axes, look: Look) -> None:
        left = 0.0
        for place, (name, mg) in enumerate(powder.items()):
            colour = look.muted if place else look.leaf
            ax.barh(0, mg, left=left, color=colour, height=0.6, edgecolor=look.paper, lw=1.5)
            middle, height = left + mg / 2, 0.2 + 0.3 * place
            if 0 < place < 4:
                ax.plot([middle, middle], [0.3, height + 0.05], color=look.muted, lw=1)
                words = {"ha": "right", "va": "center"}
                ax.text(middle - 0.4, height, f"{name} {mg:g}", **words)
            left += mg
        inside = {"color": look.paper, "ha": "center", "va": "center", "fontweight": "bold"}
        ax.text(main / 2, 0, f"mitragynine {main:g} mg", **inside)
        below = {"color": look.leaf, "ha": "left", "va": "center"}
        ax.text(0, 0.72, f"{of_leaf} of the leaf\n{of_six} of the six", **below)
        ax.set(xlim=(0, total), ylim=(1.5, -0.35))

    def draw(axes: np.ndarray, look: Look) -> None:
        draw_gram(axes[0], look)
        draw_alkaloids(axes[1], look)
        for ax in axes:
            ax.axis("off")

    others = ", ".join(f"{name} {mg:g}" for name, mg in powder.iloc[1:].items())
    return show(
        draw,
        name="three-ways",
        title=f"{main:g} mg mitragynine per gram, {of_leaf} of the leaf and {of_six} of six "
        "measured alkaloids are one amount",
        subtitle="One gram of powdered leaf above, its six measured alkaloids enlarged below.",
        sources=["tanna2022clinical"],
        alt=f"Above, a gram of leaf powder with a small slice of {total:.1f} mg for six alkaloids. "
        f"Below, that slice enlarged: mitragynine {main:g} mg, {others} mg. Mitragynine is "
        f"{main / 10:.1f} percent of the leaf and {100 * main / total:.0f} percent of the six.",
        limits="What other leaf contains. This is one powder, one laboratory, and six alkaloids "
        "out of more than fifty; with all of them counted, the last share would be smaller. 7-OH "
        "was below what the method can measure.",
        data=pd.DataFrame(
            {"mg per g": powder, "% of weight": powder / 10, "% of six": 100 * powder / total}
        )
        .reset_index()
        .round(3),
        size=(5.2, 3.6),
        rows=2,
    )


# Part 5: how strong

COLLECTIONS = {
    "ac-001": "one Thai subdistrict, seasons",
    "ac-002": "Thailand, Jun to Aug 2021",
    "ac-003": "Thailand, Oct to Dec 2021",
    "ac-004": "Thailand, Jan to Apr 2022",
    "ac-005": "Thailand, naturally growing",
    "ac-032": "products, Japan",
    "ac-012": "products, Chicago suburbs",
    "ac-008": "products, United States",
}


def mitragynine_ranges() -> pd.DataFrame:
    """Return the lowest and highest mitragynine content of each collection, in mg per g."""
    content = load_table("alkaloid_content").set_index("id")
    spread = content.loc[list(COLLECTIONS), ["low", "high", "unit", "n"]].copy()
    to_mg_per_g = spread["unit"].str.startswith("%").map({True: 10, False: 1})
    spread["low"] = spread["low"].astype(float) * to_mg_per_g
    spread["high"] = spread["high"].astype(float) * to_mg_per_g
    spread["fold"] = spread["high"] / spread["low"]
    spread["what"] = list(COLLECTIONS.values())
    return spread.reset_index()


def draw_ranges(spread: pd.DataFrame) -> Figure:
    """Draw a line from the lowest to the highest content of each collection, on a log scale.

    spread : as `mitragynine_ranges` returns it
    """
    sold = spread["what"].str.startswith("products")

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(spread.itertuples()):
            colour = look.mixed if sold[y] else look.leaf
            mark = MARKS["mixed" if sold[y] else "leaf"]
            ax.plot([row.low, row.high], [y, y], "-", color=colour, lw=2)
            ax.plot([row.low, row.high], [y, y], marker=mark, ls="none", color=colour)
            ax.text(row.high * 1.25, y, f"{row.fold:.0f}-fold", color=colour, va="center")
        heading = {"ha": "right", "va": "center", "fontweight": "bold"}
        ax.text(1000, -0.1, "leaf", color=look.leaf, **heading)
        ax.text(1000, 4.9, "products", color=look.mixed, **heading)
        name_rows(ax, [what.replace(", ", ",\n") for what in spread["what"]])
        log_ticks(ax, 2, 1000, [3, 10, 30, 100, 300])
        ax.set_xlabel("mitragynine, mg per g")

    leaf_fold, sold_fold = spread["fold"][~sold].max(), spread["fold"][sold].max()
    said = [f"{row.what}: {row.low:g} to {row.high:g}." for row in spread.itertuples()]
    japan = load_facts()["wk007"]  # products in which the alkaloids were found
    return show(
        draw,
        name="spread",
        title=f"Within one collection, leaf differed up to {leaf_fold:.0f}-fold in mitragynine "
        f"and products that contained any up to {sold_fold:.0f}-fold",
        subtitle="Lowest and highest content within each collection, mg of mitragynine in a "
        "gram. Log scale. Lens: leaf; circle: products, mixed or of unknown kind.",
        sources=works_of("alkaloid_content", COLLECTIONS),
        alt="Lines from the lowest to the highest mitragynine content in mg per gram, log scale. "
        + " ".join(said),
        limits="What is usual. Lowest and highest depend on how many samples were taken and say "
        "little about the middle. Methods differ, and nothing we read says that the products "
        f"were sampled at random. The line for Japan shows the {japan.number:g} {japan.unit} in "
        "which any was found, with the bare percentages of its abstract read as shares of weight.",
        data=spread.round(2),
        size=(5.2, 4.6),
    )


def traces_of_7oh() -> pd.DataFrame:
    """Return four ranges of 7-OH, in percent of weight; `floor` is what one method can measure."""
    content = load_table("alkaloid_content").set_index("id")
    trace = content.loc[["ac-007", "ac-017", "ac-014", "ac-013"], ["low", "high", "mean"]].copy()
    trace = trace.astype(float)
    trace.loc["ac-007", ["low", "high"]] /= 10  # mg per g to % of weight
    japan = load_facts()["wk009"].population.split(" ")[0]
    trace["what"] = [
        "Malaysian leaf",
        "leaf, by FDA",
        f"{japan} products, Japan",
        f"{int(content.loc['ac-013', 'n'])} products, US, mainly leaf",
    ]
    trace["floor"] = trace["low"]
    trace.loc["ac-013", "floor"] = float(content.loc["ac-013", "low_text"].strip("<"))
    return trace.reset_index()


def draw_traces(trace: pd.DataFrame) -> Figure:
    """Draw ranges of 7-OH in leaf and in products on a log scale.

    trace : as `traces_of_7oh` returns it; the last row starts below a limit of measurement
    """
    malaysia, fda, japan, us = trace.itertuples(index=False)

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate((malaysia, fda, japan, us)):
            colour = look.leaf if "leaf" in row.what.split(",")[0] else look.mixed
            ends = [row.high] if row is us else [row.low, row.high]
            ax.plot([row.floor, row.high], [y, y], color=colour, lw=2)
            mark = MARKS["leaf" if colour == look.leaf else "mixed"]
            ax.plot(ends, [y] * len(ends), marker=mark, ls="none", color=colour)
            ax.text(row.high * 1.2, y, f"{row.high:g}%", color=colour, va="center")
        arrow = {"arrowstyle": "-|>", "color": look.mixed, "lw": 2}
        ax.annotate("", (0.0027, 3), (us.floor, 3), arrowprops=arrow)
        ax.plot([us.mean, us.mean], [2.85, 3.15], color=look.ink, lw=2)
        ax.text(us.mean, 3.38, f"mean {us.mean:g}%", ha="center", va="center")
        name_rows(
            ax, [what.replace("products, ", "products,\n") for what in trace["what"]], room=0.7
        )
        log_ticks(ax, 0.002, 1, [0.01, 0.1, 1])
        ax.set_xlabel("7-OH, % of weight")

    count = us.what.split(" ")[0]
    return show(
        draw,
        name="trace",
        title=f"In {count} US products, mainly leaf, 7-OH averaged {us.mean:g}% of weight; the "
        f"highest contained about {us.high / fda.high:.0f} times the top of FDA's range for leaf",
        subtitle="7-OH, lowest to highest, % of weight. Log scale: each gridline is ten times "
        "the last.",
        sources=works_of("alkaloid_content", trace["id"]),
        alt="Lines of 7-OH in percent of weight, log scale. "
        f"Malaysian leaf {malaysia.low:g} to {malaysia.high:g}. "
        f"Leaf according to FDA {fda.low:g} to {fda.high:g}. "
        f"{japan.what} {japan.low:g} to {japan.high:g}. "
        f"{count} US products: from below {us.floor:g} to {us.high:g}, mean {us.mean:g}.",
        limits="Tablets of concentrated 7-OH. The Malaysian and US rows are known to us only as "
        "FDA quotes them, and some US values are by volume. The abstract for Japan doesn't say "
        "what its percentages are of; weight is our reading. The arrow means 'below'.",
        data=trace,
        size=(5.2, 3.2),
    )


# Part 6: eight bags


def draw_ten_teams(teams: np.ndarray, true_mean: float) -> Figure:
    """Draw the bags of ten teams and their means, sorted by the mean.

    teams     : mg per g of each bag; a row for each team
    true_mean : of the invented market, mg per g
    """
    means = teams.mean(axis=1)
    order = np.argsort(means)

    def draw(ax: Axes, look: Look) -> None:
        ax.axvline(true_mean, color=look.muted, lw=1.5, ls="--")
        for y, team in enumerate(order):
            ax.plot(teams[team], [y] * teams.shape[1], "o", color=look.muted, ms=5, alpha=0.6)
            ax.plot(means[team], y, "D", color=look.ink, ms=8)
        box = {"fc": look.paper, "ec": "none", "pad": 1}
        ax.text(
            *(true_mean, -1.1, "true mean"),
            color=look.muted,
            ha="center",
            va="center",
            bbox=box,
        )
        ax.plot([], [], "o", color=look.muted, alpha=0.6, label="a bag")
        ax.plot([], [], "D", color=look.ink, label="mean of the team")
        ax.legend(loc="upper right", handletextpad=0.2)
        ax.set(ylim=(9.6, -1.6), xlim=(0, max(100, teams.max() * 1.05)))
        ax.set_xlabel("mitragynine, mg per g (invented market)")
        ax.set_yticks(range(10), [f"team {n}" for n in range(1, 11)])
        ax.tick_params(axis="y", length=0)

    return show(
        draw,
        name="ten-teams",
        title="In an invented market, ten teams with eight bags each get ten different means",
        subtitle="Mitragynine in each team's eight bags and the mean of each team, mg per gram.",
        sources=[INVENTED],
        alt="Ten rows of eight dots each, sorted by their mean. The means run from "
        f"{means.min():.0f} to {means.max():.0f} mg per gram, while the true mean of the invented "
        f"market is {true_mean:.0f}.",
        limits="How real shops differ. Here teams buy one kind of product, at random, and every "
        "bag is measured exactly.",
        data=pd.DataFrame({"team": range(1, 11), "mean_mg_per_g": means[order]}).round(2),
        size=(5.2, 4.0),
    )


def draw_none_found(sizes: tuple[int, int] = (8, 30)) -> Figure:
    """Draw the chance that none of some bags is affected, by the share of all bags that are.

    sizes : numbers of bags, one solid and one dashed line
    """
    affected = np.linspace(0, 0.6, 121)
    bound = {n: 1 - 0.05 ** (1 / n) for n in sizes}  # share at which none is left to 1 in 20
    few, many = sizes

    def draw(ax: Axes, look: Look) -> None:
        ax.axhline(5, color=look.muted, lw=1, ls=":")
        ax.text(60, 7, "one in twenty", color=look.muted, ha="right", va="bottom")
        for n, dash in zip(sizes, ("-", "--"), strict=True):
            ax.plot(100 * affected, 100 * (1 - affected) ** n, dash, color=look.ink)
            ax.plot(100 * bound[n], 5, "o", color=look.ink)
        ax.text(100 * bound[few], 12, f"{few} bags:\n{100 * bound[few]:.0f}%")
        ax.text(100 * bound[many], 12, f"{many} bags:\n{100 * bound[many]:.0f}%")
        ax.set(xlim=(0, 60), ylim=(0, 100), xlabel="bags on the market that are affected, %")
        ax.set_ylabel("chance that none shows, %")
        ax.set_xticks([0, 10, 20, 30, 40, 50, 60])
        ax.set_yticks([0, 50, 100])

    chances = {f"none_of_{n}_percent": 100 * (1 - affected) ** n for n in sizes}
    return show(
        draw,
        name="none-of-eight",
        title=f"Finding none in {few} bags is still possible when {100 * bound[few]:.0f}% of all "
        "bags are affected",
        subtitle=f"Chance that none of {few} (solid) or {many} (dashed) bags is affected, by the "
        "share of all bags that are.",
        sources=[MODEL],
        alt=f"Two falling curves. With {few} bags the chance that none shows falls to one in "
        f"twenty only when {100 * bound[few]:.0f} percent of all bags are affected; with {many} "
        f"bags at {100 * bound[many]:.0f} percent.",
        limits="How many bags *are* affected. The curves say what could stay hidden, and they "
        "assume bags sampled at random and a test that misses nothing.",
        data=pd.DataFrame({"affected_percent": 100 * affected} | chances).iloc[::4].round(2),
        size=(5.2, 3.4),
    )
