"""The figures of chapter 2: each function takes the rows that it draws and returns the figure."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from kratomcourse import models
from kratomcourse.charts import (
    INVENTED,
    LENS,
    MARKS,
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
    log_ticks,
    name_rows,
    show,
)
from kratomcourse.evidence import load_facts, load_table

DRUGS = ("mitragynine", "7-hydroxymitragynine", "morphine")

# Part 1: binding

LABORATORIES = {
    "todd2020composition": "Todd 2020",
    "varadi2016pseudoindoxyls": "Váradi 2016",
    "kruegel2016synthetic": "Kruegel 2016",
    "obeng2020adrenergic": "Obeng 2020",
    "ellis2020phase": "Ellis 2020",
    "obeng2021comparison": "Obeng 2021",
    "chen1991mu": "Chen 1991 (rat)",
}


def affinity_rows() -> pd.DataFrame:
    """Return every Ki of three drugs at the mu receptor, in nM, with laboratory and species."""
    rows = load_table("receptor_affinity")
    rows["laboratory"] = rows["source_key"].map(LABORATORIES)
    rows["ki_nM"] = rows["ki_nM"].astype(float)
    mu = rows[(rows["receptor"] == "MOR") & rows["compound"].isin(DRUGS) & rows["ki_nM"].notna()]
    return mu[["laboratory", "compound", "ki_nM", "species_of_receptor"]]


def measured_affinities() -> pd.DataFrame:
    """Return the Ki of three drugs at the mu receptor, in nM, a laboratory a row."""
    wide = affinity_rows().pivot(index="laboratory", columns="compound", values="ki_nM")
    return wide[list(DRUGS)].rename_axis(columns=None)


def draw_affinities(ki: pd.DataFrame) -> Figure:
    """Draw the Ki of three drugs on a log scale, a mark for each laboratory.

    ki : as `measured_affinities` returns it
    """
    above = {("mitragynine", "Váradi 2016"), *((drug, "Kruegel 2016") for drug in DRUGS)}
    above |= {(drug, "Chen 1991 (rat)") for drug in DRUGS}
    marks = {"Todd 2020": "o", "Váradi 2016": "s"}

    def draw(ax: Axes, look: Look) -> None:
        colours = (look.leaf, look.seven_oh, look.compare)
        for y, (drug, colour) in enumerate(zip(DRUGS, colours, strict=True)):
            for laboratory, x in ki[drug].dropna().items():
                doubted = laboratory == "Obeng 2021"
                mark = marks.get(laboratory, "d")
                ax.plot(x, y, mark, color=colour, alpha=0.4 if doubted else 1)
                place = y + (0.27 if (drug, laboratory) in above else -0.27)
                label = f"{x:g}?" if doubted else f"{x:g}"
                middle = {"ha": "center", "va": "center"}
                ax.text(x, place, label, color=colour, **middle)
        for mark, label in (("o", "Todd 2020"), ("s", "Váradi 2016"), ("d", "others")):
            ax.plot([], [], mark, color=look.ink, label=label, ls="none")
        ax.plot([], [], "d", color=look.ink, alpha=0.4, label="doubtful", ls="none")
        ax.legend(loc="lower right", handletextpad=0.1)
        name_rows(ax, ["mitragynine", "7-OH", "morphine"], room=0.7)
        log_ticks(ax, 0.8, 1300, [1, 10, 100, 1000])
        ax.set_xlabel("Ki at the mu receptor, nM; further left binds more tightly")

    mitragynine, oh, morphine = (ki[drug] for drug in DRUGS)
    said = [
        f"{lab}: morphine {morphine[lab]:g} nM, 7-OH {oh[lab]:g} nM, "
        f"mitragynine {mitragynine[lab]:g} nM."
        for lab in marks
    ]
    return show(
        draw,
        name="affinity",
        title="In the two studies for which our table has both drugs, 7-OH bound less tightly "
        "than morphine",
        subtitle="Ki at the mu receptor, nM, a mark for each study. Further left binds more "
        "tightly. Log scale.",
        sources=[
            *LABORATORIES,
            "All but Obeng 2021 and Chen 1991 as quoted in FDA's report.",
        ],
        alt="Dot plot of Ki at the mu-opioid receptor on a log scale. "
        + " ".join(said)
        + f" Three other laboratories put 7-OH between {oh.min():g} and {oh['Ellis 2020']:g} nM. "
        "One doubtful abstract prints the reverse order.",
        limits="Effect, strength in a person, or danger. This is binding to receptors in a dish, "
        "human, mouse or rat where the species is named.",
        data=affinity_rows(),
        size=(5.2, 3.6),
    )


def draw_occupancies(ki: pd.DataFrame, laboratory: str = "Todd 2020") -> Figure:
    """Draw the share of receptors that each drug occupies, by its unbound concentration.

    ki : as `measured_affinities` returns it
    """
    unbound = np.logspace(-1, 4, 200)  # nM
    half = {drug: ki.loc[laboratory, drug] for drug in DRUGS}
    curves = {drug: models.occupancy(unbound, half[drug]) for drug in DRUGS}

    def draw(ax: Axes, look: Look) -> None:
        colours = (look.leaf, look.seven_oh, look.compare)
        for drug, colour, dash in zip(DRUGS, colours, ("-.", "--", "-"), strict=True):
            ax.plot(unbound, 100 * curves[drug], dash, color=colour)
            ax.plot(half[drug], 50, "o", color=colour)
        ax.axhline(50, color=look.faint, zorder=0)
        ax.text(0.85, 62, "morphine", color=look.compare, ha="right")
        ax.text(26, 52, "7-OH", color=look.seven_oh, ha="left", va="top")
        ax.text(330, 44, "mitragynine", color=look.leaf, ha="left", va="top")
        ax.set(xscale="log", xlim=(0.1, 1e4), ylim=(0, 100))
        ax.set(xlabel="unbound concentration, nM (log scale)", ylabel="receptors occupied, %")
        ax.set_xticks([0.1, 1, 10, 100, 1000, 10000], ["0.1", "1", "10", "100", "1,000", "10,000"])
        ax.set_yticks([0, 50, 100])
        ax.minorticks_off()

    said = ", ".join(f"{half[drug]:g} nM for {drug}" for drug in reversed(DRUGS))
    shares = {f"{drug}_share": share for drug, share in curves.items()}
    return show(
        draw,
        name="occupancy",
        title="Each drug occupies half of the receptors when its unbound concentration equals its "
        "Ki",
        subtitle="Share of mu receptors occupied, by the unbound concentration. A model from "
        "measured Ki.",
        sources=["ph067", MODEL],
        alt=f"Three S-shaped curves of equal form. Half of the receptors are occupied at {said}. "
        "Every curve nears 100 percent without reaching it.",
        limits="What happens after binding: the curves have the same shape for a blocker and for "
        "a strong agonist. One laboratory's Ki, one drug at a time, at equilibrium.",
        data=pd.DataFrame({"unbound_nM": unbound} | shares).iloc[::5],
        size=(5.2, 3.2),
    )


def blood_levels() -> dict[str, float]:
    """Return the peaks after one leaf tea and the Ki values around them, in nM.

    `most` is the largest share of mitragynine that protein binding leaves unbound, from 0 to 1
    """
    facts = load_facts()
    peak_low, peak_high = facts["ph109"].bounds
    oh_tight, oh_loose = facts["ph066"].bounds
    mit_tight, mit_loose = facts["ph157"].bounds
    return {
        "peak": facts["ph109"].number,
        "peak_low": peak_low,
        "peak_high": peak_high,
        "oh_peak": facts["ph114"].number,
        "oh_tight": oh_tight,
        "oh_loose": oh_loose,
        "mit": measured_affinities().loc["Todd 2020", "mitragynine"],
        "mit_tight": mit_tight,
        "mit_loose": mit_loose,
        "most": 1 - facts["ph128"].number / 100,
    }


def percent_occupied(total: float, ki: float, share: float) -> float:
    """Return the percentage of receptors occupied by the unbound share of a total, in nM."""
    return 100 * float(models.occupancy(total * share, ki))


def draw_unbound(level: Mapping[str, float]) -> Figure:
    """Draw occupancy against the unbound share, over all peaks and Ki values.

    level : as `blood_levels` returns it
    """
    share = np.logspace(-2, 0, 100)

    def band(total: float, ki: float) -> np.ndarray:
        return 100 * models.occupancy(total * share, ki)

    mit = {
        "low": band(level["peak_low"], level["mit_loose"]),
        "median": band(level["peak"], level["mit"]),
        "high": band(level["peak_high"], level["mit_tight"]),
    }
    oh = {
        "tightest": band(level["oh_peak"], level["oh_tight"]),
        "loosest": band(level["oh_peak"], level["oh_loose"]),
    }

    def draw(ax: Axes, look: Look) -> None:
        ax.axvspan(level["most"], 1, color=look.faint, alpha=0.6, lw=0)
        note = {"va": "center"}
        ax.text(
            *(0.39, 97, "beyond the limit\nfor mitragynine"),
            color=look.muted,
            va="top",
            ha="center",
        )
        ax.fill_between(share, mit["low"], mit["high"], color=look.leaf, alpha=0.25, lw=0)
        ax.plot(share, mit["median"], color=look.leaf)
        for curve in oh.values():
            ax.plot(share, curve, "--", color=look.seven_oh, lw=1.6)
        words = "7-OH: loosest and tightest\nKi on FDA's list (dashed)"
        ax.text(0.0115, 78, words, color=look.seven_oh, **note)
        words = "mitragynine: one Ki (line),\nall peaks, widest Ki (band)"
        ax.text(0.0115, 55, words, color=look.leaf, **note)
        ax.set(xscale="log", xlim=(0.01, 1), ylim=(0, 100), ylabel="receptors occupied, %")
        ax.set_xlabel("unbound share of the drug in blood (log scale)")
        ax.set_xticks([0.01, 0.03, 0.1, 0.3, 1], ["1%", "3%", "10%", "30%", "100%"])
        ax.set_yticks([0, 50, 100])
        ax.minorticks_off()

    most, at = level["most"], percent_occupied
    columns = {f"mitragynine_{name}_percent": curve for name, curve in mit.items()}
    columns |= {f"7oh_{name}_ki_percent": curve for name, curve in oh.items()}
    return show(
        draw,
        name="occupancy-unbound",
        title="One leaf tea, and a wide range of occupancy: it depends on the unbound share and "
        "on whose Ki is used",
        subtitle="Mu receptors occupied at the peaks after one leaf tea, by the share of drug "
        "that is unbound. A model from measured values.",
        sources=["ph109", "ph114", "ph066", "ph067", "ph157", "ph128", MODEL],
        alt="Occupancy against the unbound share. Mitragynine at its median peak of "
        f"{level['peak']:g} nM occupies {at(level['peak'], level['mit'], 1):.0f} percent if all is "
        f"unbound and {at(level['peak'], level['mit'], most):.0f} percent at {100 * most:.0f} "
        "percent, the most that protein binding in one laboratory study leaves; over all peaks and "
        "Ki values "
        f"{at(level['peak_low'], level['mit_loose'], most):.0f} to "
        f"{at(level['peak_high'], level['mit_tight'], most):.0f} percent there. 7-OH at "
        f"{level['oh_peak']:g} nM spans, over the Ki values on FDA's list, "
        f"{at(level['oh_peak'], level['oh_loose'], 1):.0f} to "
        f"{at(level['oh_peak'], level['oh_tight'], 1):.0f} percent if all is unbound, and "
        f"{at(level['oh_peak'], level['oh_loose'], 0.1):.0f} to "
        f"{at(level['oh_peak'], level['oh_tight'], 0.1):.0f} percent at a share of 10 percent.",
        limits="What was occupied in anyone's brain: this is a calculation from blood. The limit "
        "for mitragynine comes from one test in a dish, no unbound share of 7-OH was found, and "
        "other active substances in the same blood are left out. The band for mitragynine takes "
        "in both values of the doubtful pair.",
        data=pd.DataFrame({"unbound_share": share} | columns).iloc[::5],
        size=(5.2, 3.7),
    )


def explore_unbound(level: Mapping[str, float]) -> Explorer:
    """Let a reader choose the unbound share, and draw the receptors that two drugs occupy.

    level : as `blood_levels` returns it
    """
    percents = Axis(0, 100, {0: "0", 50: "50", 100: "100"}, "receptors occupied, %")
    at = percent_occupied

    def still() -> Picture:
        picture = Picture(percents, Axis(0, 2, {}), left=14, height=170)
        picture.frame()
        label = "mitragynine: lowest, median, highest peak"
        picture.text(0, 1.72, label, "leaf", dx=6, size=13)
        picture.text(0, 0.72, "7-OH: loosest to tightest listed Ki", "seven_oh", dx=6, size=13)
        return picture

    def draw(picture: Picture, free: float) -> tuple[str, dict[str, float]]:
        low, middle, high = (
            at(level[peak], level["mit"], free) for peak in ("peak_low", "peak", "peak_high")
        )
        loose, tight = (at(level["oh_peak"], level[ki], free) for ki in ("oh_loose", "oh_tight"))
        for y, ends, colour in (
            (1.35, [low, high], "leaf"),
            (0.35, [loose, tight], "seven_oh"),
        ):
            picture.line(ends, [y, y], colour, width=5)
            for x in ends:
                picture.dot(x, y, colour)
        picture.dot(middle, 1.35, "ink", filled=False, size=7)
        known = (
            " For mitragynine that is more than its test of protein binding leaves: "
            f"{100 * level['most']:.0f}% at most."
            if free > level["most"]
            else ""
        )
        sentence = (
            f"With {100 * free:g}% unbound, the median peak of mitragynine occupies {middle:.0f} "
            f"of 100 receptors, the lowest and highest {low:.0f} and {high:.0f}. The median peak "
            f"of 7-OH occupies {loose:.0f} to {tight:.0f}, depending on whose Ki is used.{known}"
        )
        numbers = {
            "mitragynine_low": low,
            "mitragynine_median": middle,
            "mitragynine_high": high,
            "7oh_loosest": loose,
            "7oh_tightest": tight,
        }
        return sentence, numbers

    percent = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
    choices = {f"{p}%": p / 100 for p in percent}
    return explore(
        draw,
        still=still,
        controls=(Slider("Share of the drug that is unbound", choices, start="10%"),),
        name="unbound-explorer",
        title="A larger unbound share means a higher occupancy",
        subtitle="Mu receptors occupied at the peaks after one leaf tea, %, for the unbound "
        "share that you choose.",
        sources=["ph109", "ph114", "ph066", "ph067", "ph128", MODEL],
        alt="Two bars on a scale from 0 to 100 percent of receptors occupied. With a share of 10 "
        f"percent mitragynine reaches {at(level['peak_low'], level['mit'], 0.1):.0f} to "
        f"{at(level['peak_high'], level['mit'], 0.1):.0f} percent and 7-OH "
        f"{at(level['oh_peak'], level['oh_loose'], 0.1):.0f} to "
        f"{at(level['oh_peak'], level['oh_tight'], 0.1):.0f} percent.",
        limits="Which share is the true one. That of 7-OH isn't known to us, so both bars use the "
        "share you choose. The blood is that of five healthy adults after one leaf tea, the Ki "
        "for mitragynine is one of several, and blood isn't brain.",
    )


# Part 2: full or partial

TESTS = {
    "obeng2021comparison": "GTPγS\nObeng 2021",
    "kruegel2016synthetic": "BRET\nKruegel 2016",
    "varadi2016pseudoindoxyls": "GTPγS, mouse\nVáradi 2016",
    "todd2020composition": "cAMP\nTodd 2020",
}


def highest_responses() -> pd.DataFrame:
    """Return the highest response of three drugs in four tests at the mu receptor, in percent."""
    rows = load_table("functional_activity")
    rows["test"] = rows["source_key"].map(TESTS).str.replace("\n", ", ")
    mu = rows[(rows["target"] == "MOR") & rows["compound"].isin(DRUGS) & rows["test"].notna()]
    mu = mu[~mu["assay"].str.contains("arrestin") & mu["emax_percent"].notna()]
    emax = mu[["test", "source_key", "compound", "emax_percent"]].sort_values("emax_percent")
    return emax.assign(emax_percent=emax["emax_percent"].astype(float)).reset_index(drop=True)


def response_of(emax: pd.DataFrame, source: str, drug: str) -> float:
    """Return one response of `highest_responses`, in percent."""
    row = emax[(emax["source_key"] == source) & (emax["compound"] == drug)]
    return float(row["emax_percent"].iloc[0])


def draw_responses(emax: pd.DataFrame) -> Figure:
    """Draw the highest responses, a row for each test.

    emax : as `highest_responses` returns it
    """
    todd = "todd2020composition"

    def draw(ax: Axes, look: Look) -> None:
        styles = {
            "mitragynine": (look.leaf, MARKS["leaf"], "mitragynine"),
            "7-hydroxymitragynine": (look.seven_oh, "D", "7-OH"),
            "morphine": (look.compare, "^", "morphine"),
        }
        box = {"fc": look.paper, "ec": "none", "pad": 1}
        for y, source in enumerate(TESTS):
            ax.axhline(y, color=look.faint, lw=1, zorder=0)
            for row in emax[emax["source_key"] == source].itertuples():
                colour, mark, name = styles[row.compound]
                lift = 0.17 if source == todd else 0
                place = y + (lift if row.compound == "morphine" else -lift)
                left = source == todd or (row.compound == "mitragynine" and row.emax_percent > 5)
                ax.plot(row.emax_percent, place, marker=mark, ls="none", color=colour)
                ax.text(
                    *(row.emax_percent + (-4 if left else 4), place),
                    f"{name} {row.emax_percent:g}",
                    color=colour,
                    ha="right" if left else "left",
                    va="center",
                    bbox=box,
                )
        name_rows(ax, list(TESTS.values()))
        ax.set(xlim=(-4, 104), xlabel="highest response, % on each test's own scale")
        ax.set_xticks([0, 25, 50, 75, 100])

    reached = [
        f"{response_of(emax, source, DRUGS[1]):g} percent in {name.replace(chr(10), ', ')}"
        for source, name in TESTS.items()
    ]
    return show(
        draw,
        name="emax-by-assay",
        title="7-OH stops at less than half of the scale in two tests and keeps level with "
        "morphine in another",
        subtitle="Highest response at the mu receptor in four cell tests, % on each test's own "
        "scale.",
        sources=["ph064", "ph062", "ph068", "ph065"],
        alt=f"Dot plot of the highest response in four cell tests. 7-OH reaches "
        f"{', '.join(reached)}. In the last one morphine reaches "
        f"{response_of(emax, todd, 'morphine'):g} percent. Mitragynine reaches "
        f"{response_of(emax, 'obeng2021comparison', 'mitragynine'):g} percent in the first and "
        f"{response_of(emax, 'kruegel2016synthetic', 'mitragynine'):g} in the second.",
        limits="What a person feels or how a person breathes. The tests differ in cells, "
        "receptors and readouts, each has its own scale, and we couldn't read for every test what "
        "its 100% stands for. The zero stands for the word antagonist in an abstract.",
        data=emax,
        size=(5.2, 3.6),
    )


def draw_amplification(emax: pd.DataFrame, gain: float) -> Figure:
    """Draw the highest response of two drugs as a test amplifies more.

    emax : as `highest_responses` returns it
    gain : how many times as much as BRET the cAMP test amplifies
    """
    factor = np.logspace(-1, 2, 200)
    bret = {
        name: response_of(emax, "kruegel2016synthetic", drug)
        for name, drug in (("7-OH", DRUGS[1]), ("mitragynine", DRUGS[0]))
    }
    taus = {name: models.tau_for_maximum(percent / 100) for name, percent in bret.items()}
    camp = response_of(emax, "todd2020composition", DRUGS[1])

    def top(name: str, amplified: np.ndarray | float) -> np.ndarray | float:
        tau = taus[name] * amplified
        return 100 * tau / (1 + tau)

    forecast = float(top("mitragynine", gain))

    def draw(ax: Axes, look: Look) -> None:
        ax.plot(factor, top("7-OH", factor), "--", color=look.seven_oh)
        ax.plot(factor, top("mitragynine", factor), "-.", color=look.leaf)
        ax.plot([1, gain], [bret["7-OH"], camp], "D", color=look.seven_oh)
        ax.plot(1, bret["mitragynine"], "o", color=look.leaf)
        ax.text(0.85, 56, "7-OH", color=look.seven_oh, ha="right")
        ax.text(1.25, 27, "mitragynine", color=look.leaf)
        below = {"color": look.leaf, "va": "top"}
        ax.text(gain * 1.15, forecast - 5, "the model's\nforecast", **below)
        for x, name in ((1, "BRET"), (gain, "cAMP")):
            ax.axvline(x, color=look.faint, zorder=0)
            ax.text(x, 2, f" {name}", color=look.muted)
        ax.set(xscale="log", xlim=(0.1, 100), ylim=(0, 100), ylabel="highest response, %")
        ax.set_xlabel("amplification of the test, BRET = 1 (log scale)")
        ax.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        ax.set_yticks([0, 50, 100])
        ax.minorticks_off()

    curves = {f"{name}_emax_percent": top(name, factor) for name in bret}
    return show(
        draw,
        name="amplification",
        title="In the model, amplification alone is enough to turn a partial agonist into a nearly "
        "full one",
        subtitle="Highest response, by how much a test amplifies compared with BRET. Lines: a "
        "model; marks: measured responses.",
        sources=["ph061", "ph062", "ph065", MODEL],
        alt="Two rising curves of the highest response against amplification. 7-OH rises from "
        f"{bret['7-OH']:g} percent at 1 to {camp:g} percent at {gain:.1f}. Mitragynine starts at "
        f"{bret['mitragynine']:g} percent and is forecast to reach {forecast:.0f} percent there.",
        limits="Whether the two tests differ in amplification only, as this one-number model "
        "assumes, fitted to one drug. It also takes the percentage in each as a share of the most "
        "it can show. Todd 2020 tested mitragynine too and calls it partial, but we couldn't open "
        "the article for its percentage.",
        data=pd.DataFrame({"amplification": factor} | curves).iloc[::5],
        size=(5.2, 3.4),
    )


# Part 3: what animals were asked


def morphine_lever() -> pd.DataFrame:
    """Return the highest share of presses on the morphine lever after each drug, in percent."""
    facts = load_facts()
    drugs = {
        "buprenorphine": "ph187",
        "fentanyl": "ph186",
        "7-OH": "ph185",
        "nalbuphine": "ph188",
        "mitragynine": "ph080",
        "U69,593 (kappa)": "ph189",
    }
    rows = [(drug, fact, facts[fact].number) for drug, fact in drugs.items()]
    return pd.DataFrame(rows, columns=["drug", "fact", "percent"])


def draw_levers(levers: pd.DataFrame) -> Figure:
    """Draw how often trained rats took each drug for morphine.

    levers : as `morphine_lever` returns it
    """

    def draw(ax: Axes, look: Look) -> None:
        colours = {"7-OH": look.seven_oh, "mitragynine": look.leaf}
        for y, row in enumerate(levers.itertuples()):
            colour = colours.get(row.drug, look.muted)
            mark = {"7-OH": MARKS["seven_oh"], "mitragynine": MARKS["leaf"]}.get(row.drug, "^")
            ax.plot([0, row.percent], [y, y], color=look.faint, lw=2, zorder=0)
            style = {"color": colour, "mfc": look.paper, "mew": 2, "ls": "none"}
            ax.plot(row.percent, y, marker=mark, **style)
            beside = {"color": colour, "ha": "right", "va": "bottom"}
            ax.text(row.percent - 3, y - 0.08, f"{row.percent:g}", **beside)
        name_rows(ax, list(levers["drug"]))
        ax.set(xlim=(0, 104), xlabel="presses on the morphine lever, % at most")
        ax.set_xticks([0, 25, 50, 75, 100])

    said = ", ".join(f"{row.drug} {row.percent:g} percent" for row in levers.itertuples())
    return show(
        draw,
        name="discrimination",
        title="In one laboratory, the highest score of 7-OH on the morphine lever was almost full; "
        "mitragynine's was lower, and no higher than a kappa drug's",
        subtitle="Highest share of presses on the lever that rats had learned for morphine, %. "
        "Open marks: measured in animals.",
        sources=list(levers["fact"]),
        alt="Dot plot of the highest share of presses on the morphine lever in trained rats: "
        f"{said}.",
        limits="Whether an animal wants a drug: recognising it is another thing, and a rat's "
        "answer isn't a person's. One laboratory, the highest value over the amounts tried.",
        data=levers,
        size=(5.2, 3.2),
    )


# Part 4: from leaf to blood


def leaf_and_blood() -> pd.DataFrame:
    """Return 7-OH for each part of mitragynine in the leaf of a tea and in blood, as ranges."""
    facts, content, pk = load_facts(), load_table("alkaloid_content"), load_table("pk_parameters")
    powder = content[content["source_key"] == "tanna2022clinical"].set_index("alkaloid")
    in_leaf = powder.loc["7-hydroxymitragynine", "high"] / powder.loc["mitragynine", "mean"]
    in_blood = facts["ph114"].number / facts["ph109"].number
    ratio = pk[
        (pk["source_key"] == "huestis2024human") & (pk["parameter"] == "concentration ratio")
    ]
    single, daily = (
        ratio[ratio["route_formulation"].str.contains(word)].iloc[0]
        for word in ("single", "15 daily")
    )
    return pd.DataFrame(
        [
            ("leaf powder", 0, in_leaf),
            ("blood, one tea", in_blood, in_blood),
            ("blood, one dose", single["low"], single["high"]),
            ("blood, 15 doses", daily["low"], daily["high"]),
        ],
        columns=["where", "low", "high"],
    )


def draw_leaf_and_blood(ratios: pd.DataFrame) -> Figure:
    """Draw 7-OH for each part of mitragynine, in leaf and in blood, on a log scale.

    ratios : as `leaf_and_blood` returns it
    """
    leaf, tea, single, daily = ratios.itertuples(index=False)

    def draw(ax: Axes, look: Look) -> None:
        small = {"va": "center"}
        ax.plot([1e-4, leaf.high], [0, 0], color=look.leaf, lw=8, solid_capstyle="butt")
        words = "too little to measure: anywhere below"
        ax.text(1.3e-4, -0.34, words, color=look.leaf, **small)
        ax.text(leaf.high * 1.12, 0, f"{leaf.high:.3f}", color=look.leaf, **small)
        ax.plot(tea.high, 1, "D", color=look.seven_oh)
        left = {"color": look.seven_oh, "ha": "right"} | small
        ax.text(tea.high * 0.8, 1, f"{tea.high:.2f}", **left)
        for y, row in ((2, single), (3, daily)):
            ends = [row.low, row.high]
            ax.plot(ends, [y, y], color=look.seven_oh, lw=8, solid_capstyle="butt")
            ax.text(row.low * 0.85, y, f"{row.low:g} to {row.high:g}", **left)
        ax.set_xlabel("7-OH for each part of mitragynine")
        names = ["leaf powder\nof the tea", "blood after\nthat tea", "blood, leaf\npowder once"]
        name_rows(ax, [*names, "blood, leaf\ndaily, 15 days"], room=0.7)
        log_ticks(ax, 1e-4, 1, {1e-4: "0.0001", 1e-3: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1"})

    return show(
        draw,
        name="leaf-and-blood",
        title="Beside mitragynine there was far more 7-OH in the blood than in the leaf of the tea",
        subtitle="7-OH for each part of mitragynine. Log scale: each gridline is ten times the "
        "last.",
        sources=["tanna2022clinical", "ph109", "huestis2024human"],
        alt=f"Ratio of 7-OH to mitragynine on a log scale. Below {leaf.high:.4f} in the leaf "
        f"powder, {tea.high:.2f} at the median peaks in the blood of five adults, "
        f"{single.low:g} to {single.high:g} after one dose of leaf powder and {daily.low:g} to "
        f"{daily.high:g} after 15 daily doses in another study.",
        limits="What happens with tablets in which 7-OH is swallowed as such. This is leaf only, "
        "by weight in the powder and by concentration in blood. The second study was paid for by "
        "a company.",
        data=ratios,
        size=(5.2, 3.4),
    )


def blocked_exposures() -> pd.DataFrame:
    """Return exposure with CYP3A blocked, as a multiple of the usual, in people and in rats."""
    rows = load_table("interactions")
    rats = rows[rows["source_key"] == "kamble2023cyp3a"].set_index("object_drug_or_endpoint")
    rise = rats["value"].astype(float)
    people = 1 - load_facts()["ph150"].number / 100
    return pd.DataFrame(
        [
            ("16 adults, itraconazole", "7-OH", people),
            ("rats, ketoconazole", "7-OH", 1 + rise["7-hydroxymitragynine"] / 100),
            ("rats, ketoconazole", "mitragynine", 1 + rise["mitragynine"] / 100),
        ],
        columns=["who", "what", "times"],
    )


def draw_blockers(changes: pd.DataFrame) -> Figure:
    """Draw exposures with an enzyme blocked, on a ratio scale.

    changes : as `blocked_exposures` returns it
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(changes.itertuples()):
            colour = look.leaf if row.what == "mitragynine" else look.seven_oh
            mark = MARKS["leaf" if row.what == "mitragynine" else "seven_oh"]
            fill = look.paper if "rats" in row.who else colour
            style = {"color": colour, "mfc": fill, "mew": 2, "ls": "none"}
            ax.plot(row.times, y, marker=mark, **style)
            ax.text(row.times * 1.08, y, f"{row.times:.2g} times", va="center", color=colour)
        ax.axvline(1, color=look.muted, lw=1, zorder=0)
        name_rows(ax, [f"{row.what}, {row.who}" for row in changes.itertuples()])
        log_ticks(ax, 0.4, 3.6, {0.5: "half", 1: "no change", 2: "double"})
        ax.set_xlabel("total exposure, CYP3A blocked")

    said = [f"{row.what}, {row.who}: {row.times:.2g} times." for row in changes.itertuples()]
    return show(
        draw,
        name="blockers",
        title="Blocking CYP3A cut the exposure to 7-OH by about two fifths in people and more than "
        "doubled it in rats",
        subtitle="Total exposure with CYP3A blocked, as a multiple of the usual, on a ratio "
        "scale. Filled: people; open: rats.",
        sources=["ph150", "kamble2023cyp3a"],
        alt="Exposure as a multiple on a ratio scale. " + " ".join(said),
        limits="Which share of the 7-OH CYP3A makes. Different blockers and species, one study "
        "each. The human study was read in a report that quotes it.",
        data=changes,
        size=(5.2, 2.9),
    )


def steps_of_path() -> pd.DataFrame:
    """Return the steps from what is swallowed to pseudoindoxyl, with the fact behind each."""
    return pd.DataFrame(
        [
            ("leaf, extract", "mitragynine", "swallowed", "ph024"),
            ("mitragynine", "7-OH", "CYP3A in gut wall and liver", "ph087"),
            ("7-OH", "pseudoindoxyl", "seen in human plasma in the laboratory", "ph099"),
            ("concentrated 7-OH", "7-OH", "swallowed: the enzyme step is skipped", "ph045"),
        ],
        columns=["from", "to", "how", "fact"],
    )


def draw_path(steps: pd.DataFrame) -> Figure:
    """Draw where leaf and concentrated 7-OH enter the same path.

    steps : as `steps_of_path` returns it
    """

    def draw(ax: Axes, look: Look) -> None:
        ax.axis("off")
        ax.set(xlim=(0, 10), ylim=(0, 7.4))

        def box(x: float, y: float, text: str, colour: str, line: str = "-") -> None:
            frame = {"boxstyle": "round,pad=0.45", "fc": look.paper, "ec": colour, "lw": 2}
            words = {"ha": "center", "va": "center"}
            ax.text(x, y, text, color=colour, bbox=frame | {"ls": line}, **words)

        def arrow(start: tuple[float, float], end: tuple[float, float], line: str = "-") -> None:
            style = {"arrowstyle": "-|>", "color": look.ink, "lw": 2, "ls": line}
            ax.annotate("", end, start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0})

        box(2.2, 6.7, "leaf or extract", look.leaf)
        box(7.6, 6.7, "concentrated\n7-OH", look.seven_oh)
        box(2.2, 3.9, "mitragynine", look.leaf)
        box(7.6, 3.9, "7-OH", look.seven_oh)
        box(7.6, 0.7, "pseudoindoxyl", look.compare, "--")
        arrow((2.2, 6.1), (2.2, 4.5))
        arrow((7.6, 5.85), (7.6, 4.5))
        arrow((3.85, 3.9), (6.7, 3.9))
        arrow((7.6, 3.3), (7.6, 1.3), "--")
        small = {"color": look.muted}
        ax.text(5.25, 4.15, "CYP3A", ha="center", va="bottom")
        ax.text(5.25, 3.65, "gut wall, liver", ha="center", va="top", **small)
        left = {"ha": "right", "va": "center"}
        ax.text(7.3, 5.2, "skips the enzyme", color=look.seven_oh, **left)
        ax.text(7.3, 2.3, "in human plasma\nin the laboratory", color=look.muted, **left)
        ax.text(2.2, 2.9, "main alkaloid", ha="center", va="center", **small)

    return show(
        draw,
        name="path",
        title="Leaf enters the path at mitragynine; concentrated 7-OH enters it one step later",
        subtitle="What is swallowed, what the body makes of it, and where. Dashed: seen in a dish.",
        sources=list(steps["fact"]),
        alt="A diagram. Leaf or extract brings mitragynine. CYP3A in gut wall and liver turns "
        "mitragynine into 7-OH. Concentrated 7-OH products enter directly at 7-OH and skip that "
        "enzyme. A dashed arrow leads from 7-OH to pseudoindoxyl, seen in human plasma in the "
        "laboratory.",
        limits="Amounts or speeds: this is a map of steps. Many other metabolites and alkaloids "
        "are left out, and how far the last step goes in a living person isn't known to us.",
        data=steps,
        size=(5.2, 3.5),
    )


# Part 5: how long it stays


def measured_tea() -> tuple[float, float, float, float]:
    """Return what was measured after one tea: peak (nM), its hour, area (nM·h), half-life (h)."""
    rows = load_table("model_parameters")
    seen = rows[rows["model"] == "PK check values"].set_index("parameter")["value"].astype(float)
    pk = load_table("pk_parameters")
    tea = pk[(pk["source_key"] == "tanna2022clinical") & (pk["compound"] == "mitragynine")]
    hour = float(tea.set_index("parameter").loc["Tmax", "value"])
    return (
        seen["Cmax observed"],
        hour,
        seen["AUCinf observed"],
        seen["terminal half-life observed"],
    )


def one_vessel_settings() -> dict[str, dict[str, float]]:
    """Return clearance (L/h), volume (L) and ka (per hour) of two one-compartment models.

    Set A has the published clearance and volume, set B is chosen to meet the peak.
    """
    rows = load_table("model_parameters")
    settings = {}
    for name in ("A", "B"):
        of_set = rows[rows["model"].str.contains(f"set {name}")].set_index("parameter")["value"]
        values = of_set.astype(float)
        settings[name] = {"clearance": values["CL/F"], "volume": values["V/F"], "ka": values["ka"]}
    return settings


def hours_after_tea() -> np.ndarray:
    """Return the hours at which the curves are drawn: five days."""
    return np.linspace(0.04, 120, 3000)


def one_vessel_curves() -> dict[str, np.ndarray]:
    """Return the levels of both one-compartment models in nM, at `hours_after_tea`."""
    _, _, area, _ = measured_tea()
    settings = one_vessel_settings()
    dose = settings["A"]["clearance"] * area  # nmol that reach the model
    return {
        name: models.one_compartment(hours_after_tea(), dose, **setting)
        for name, setting in settings.items()
    }


def draw_measured_peak(ax: Axes, look: Look) -> None:
    """Draw the median peak after one tea with its range, and set up an axis of five days."""
    cmax, tmax, _, _ = measured_tea()
    low, high = load_facts()["ph109"].bounds
    bars = [[cmax - low], [high - cmax]]
    ax.errorbar(tmax, cmax, bars, fmt="o", color=look.ink, capsize=4, lw=1.5)
    ax.set(yscale="log", xlabel="hours after the tea", ylabel="mitragynine, nM (log scale)")
    ax.set_xticks(range(0, 121, 24))
    ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    ax.minorticks_off()


def draw_one_vessel() -> Figure:
    """Draw two one-compartment models beside the measured peak, over five days."""
    hours, curves = hours_after_tea(), one_vessel_curves()
    cmax, *_ = measured_tea()
    low, high = load_facts()["ph109"].bounds

    def draw(ax: Axes, look: Look) -> None:
        ax.plot(hours, curves["A"], "--", color=look.second)
        ax.plot(hours, curves["B"], "-", color=look.compare)
        draw_measured_peak(ax, look)
        small = {"va": "center"}
        ax.text(5, 105, "measured peak,\nmedian and range", color=look.ink, **small)
        words = "set A: slow at the end,\npeak far too low"
        ax.text(50, 6, words, color=look.second, va="bottom")
        words = "set B: right peak,\nthen no slow tail"
        ax.text(27, 0.33, words, color=look.compare, **small)
        ax.set(xlim=(-2, 122), ylim=(0.1, 300))

    day = {name: float(np.interp(24, hours, curve)) for name, curve in curves.items()}
    columns = {f"set_{name}_nM": curve for name, curve in curves.items()}
    return show(
        draw,
        name="one-compartment",
        title="With the measured area, a one-vessel model can have the peak or a slow decline, "
        "but not both",
        subtitle="Mitragynine in blood after one leaf tea, nM. Lines: two models; mark: median "
        "peak of five people, with its range. Log scale.",
        sources=["ph109", "tanna2022clinical", MODEL],
        alt="Concentration over five days on a log scale. The measured median peak is "
        f"{cmax:g} nM (range {low:g} to {high:g}). Set A peaks at {curves['A'].max():.1f} nM, "
        f"about a tenth of it, and falls slowly to {day['A']:.1f} nM at 24 hours. Set B meets the "
        f"peak and then falls steeply to {day['B']:.1f} nM at 24 hours.",
        limits="What happens in one person: these are medians of five people as summarised in a "
        "review, and the single concentrations over time weren't published where we read.",
        data=pd.DataFrame({"hours": hours} | columns).iloc[::30],
        size=(5.2, 3.6),
    )


def compare_models(two: Mapping[float, models.TwoCompartments]) -> pd.DataFrame:
    """Return peak, area and half-life as measured, and of each model.

    two : two-compartment models by the share of the exposure in the slow part
    """
    cmax, _, area, half_life = measured_tea()
    rows = {"observed": (cmax, area, half_life)}
    curves, settings = one_vessel_curves(), one_vessel_settings()
    for name, setting in settings.items():
        half = np.log(2) * setting["volume"] / setting["clearance"]
        exposure = settings["A"]["clearance"] * area / setting["clearance"]
        rows[f"one vessel, set {name}"] = (curves[name].max(), exposure, half)
    day = np.linspace(0, 24, 24001)
    for share, model in two.items():
        values = (model(day).max(), model.area, model.half_life)
        rows[f"two vessels, slow share {share:.0%}"] = values
    columns = ["peak, nM", "area, nM·h", "half-life, h"]
    return pd.DataFrame(rows, index=columns).T.round(1)


def draw_two_vessels(two: Mapping[float, models.TwoCompartments]) -> Figure:
    """Draw two-compartment models that all meet the measured numbers, over five days.

    two : models by the share of the exposure in the slow part
    """
    hours, cmax, half_life = hours_after_tea(), measured_tea()[0], measured_tea()[3]

    def draw(ax: Axes, look: Look) -> None:
        for curve in one_vessel_curves().values():
            ax.plot(hours, curve, color=look.faint, lw=1.6)
        small = {"va": "center"}
        for (share, model), dash in zip(two.items(), (":", "--", "-"), strict=True):
            ax.plot(hours, model(hours), dash, color=look.leaf)
            end = float(model(120.0))
            ax.text(122, end, f"{share:.0%}", color=look.leaf, **small)
        ax.text(122, 1.35, "slow\nshare", color=look.leaf, **small)
        draw_measured_peak(ax, look)
        words = "all three meet peak,\narea and half-life"
        ax.text(12, 70, words, color=look.leaf, **small)
        words = "the two one-vessel\nmodels, for comparison"
        ax.text(64, 6.5, words, color=look.muted, **small)
        ax.set(xlim=(-2, 140), ylim=(0.06, 300))

    day = ", ".join(f"{float(model(24.0)):.1f}" for model in two.values())
    columns = {f"slow_share_{share:.2f}_nM": model(hours) for share, model in two.items()}
    return show(
        draw,
        name="two-compartments",
        title="Two vessels meet peak, area and half-life at once, in more than one way",
        subtitle="Mitragynine in blood after one leaf tea, nM, by the share of the exposure in "
        "a slow part. Lines: models. Log scale.",
        sources=["ph109", "tanna2022clinical", MODEL],
        alt=f"Three curves with slow shares of {', '.join(f'{share:.0%}' for share in two)} all "
        f"peak at {cmax:g} nM and fall with a half-life of {half_life:g} hours in the tail. At 24 "
        f"hours they differ: {day} nM.",
        limits="What happens in one person. This is a teaching construction through medians of "
        "five people, which for peak, area and half-life may come from different ones, and no fit "
        "to blood samples.",
        data=pd.DataFrame({"hours": hours} | columns).iloc[::30],
        size=(5.2, 3.6),
    )


def explore_vessels() -> Explorer:
    """Let a reader choose the slow share of a model that meets the measured numbers."""
    cmax, tmax, area, half_life = measured_tea()
    low, high = load_facts()["ph109"].bounds
    largest = models.largest_tail_share(cmax, tmax, area, half_life)
    hours_axis = Axis(0, 120, {h: str(h) for h in range(0, 121, 24)}, "hours after the tea")
    ticks = {0.1: "0.1", 1: "1", 10: "10", 100: "100"}
    level_axis = Axis(0.1, 300, ticks, "mitragynine, nM (log scale)", log=True)
    points = np.concatenate([np.linspace(0.05, 24, 45), np.linspace(27, 120, 15)])

    def still() -> Picture:
        picture = Picture(hours_axis, level_axis, top=20)
        picture.frame()
        picture.line([tmax, tmax], [low, high], "ink", width=1.5)
        picture.dot(tmax, cmax, "ink", size=4)
        label = "measured peak: median and range of five"
        picture.text(tmax, high, label, "ink", dx=10, size=13)
        return picture

    def draw(picture: Picture, share: float) -> tuple[str, dict[str, float]]:
        curve = models.two_compartments_through(cmax, tmax, area, half_life, tail_share=share)
        later, peak = float(curve(24.0)), float(curve(tmax))
        picture.line(points, curve(points), "leaf")
        picture.dot(24, later, "leaf")
        picture.text(24, later, f"{later:.1f} nM after a day", "leaf", dx=9, dy=-6)
        sentence = (
            f"With {share:.0%} of the exposure in the slow part, the curve still peaks at "
            f"{peak:.1f} nM, has the measured area, and a half-life of {curve.half_life:.1f} hours "
            f"at the end. After a day it is at {later:.1f} nM."
        )
        numbers = {"level_after_a_day_nM": later, "peak_nM": peak, "half_life_h": curve.half_life}
        return sentence, numbers

    shares = [*np.arange(0.05, largest, 0.05), int(largest * 100) / 100]
    choices = {f"{share:.0%}": float(share) for share in shares}
    third = models.two_compartments_through(cmax, tmax, area, half_life, tail_share=0.3)
    return explore(
        draw,
        still=still,
        controls=(Slider("Share of the exposure in the slow part", choices, start="30%"),),
        name="vessels-explorer",
        title="Every slow share offered here meets the four numbers, and each gives another level "
        "for the day after",
        subtitle="Mitragynine in blood after one leaf tea, nM, for the slow share that you "
        "choose. A model.",
        sources=["ph109", "tanna2022clinical", MODEL],
        alt=f"A curve through the measured peak of {cmax:g} nM that falls in two slopes over five "
        f"days. With a slow share of 30 percent it is at {float(third(24.0)):.1f} nM after 24 "
        "hours.",
        limits="What happens in one person. The curve goes through medians of five people, each "
        "perhaps from a different one of them, and isn't a fit to blood samples.",
    )


def draw_accumulation(model: models.TwoCompartments) -> Figure:
    """Draw how the level before each daily tea grows over two weeks.

    model : a two-compartment model of one tea
    """
    settings = one_vessel_settings()
    dose = settings["A"]["clearance"] * measured_tea()[2]

    def short(time: np.ndarray | float) -> np.ndarray:
        return models.one_compartment(time, dose, **settings["B"])

    hours = np.linspace(0, 14 * 24, 14 * 24 * 20 + 1)[:-1]
    daily = models.repeated(model, hours, interval=24, doses=14)
    days = range(1, 15)
    before = [float(models.repeated(model, 24.0 * day - 0.001, 24, day)) for day in days]
    before_short = [float(models.repeated(short, 24.0 * day - 0.001, 24, day)) for day in days]
    steady_low, steady_high = load_facts()["ph118"].bounds

    def draw(ax: Axes, look: Look) -> None:
        ax.axvspan(steady_low, steady_high, color=look.faint, alpha=0.8, lw=0)
        top = {"color": look.muted, "ha": "center", "va": "top"}
        ax.text(steady_low + 0.5, 430, "steady state\nwith powder", **top)
        ax.plot(hours / 24, daily, color=look.leaf, lw=0.8, alpha=0.55)
        ax.plot(days, before, "o-", color=look.leaf, ms=5, lw=2)
        ax.plot(days, before_short, "s-", color=look.compare, ms=5, lw=2)
        small = {"va": "center"}
        ax.text(14.25, before[-1], "two\nvessels", color=look.leaf, **small)
        ax.text(14.25, before_short[-1], "three-\nhour\nclaim", color=look.compare, **small)
        ax.set(yscale="log", xlim=(0, 16.6), ylim=(0.1, 500))
        ax.set(xlabel="days of daily exposure", ylabel="mitragynine, nM (log scale)")
        ax.set_xticks([0, 4, 8, 12])
        ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        ax.minorticks_off()

    return show(
        draw,
        name="accumulation",
        title="In one two-vessel model the level before each tea triples over a week while the "
        "peak hardly moves",
        subtitle="Mitragynine in blood with one leaf tea a day, nM. Dots: the level before each "
        "tea; comb: the days between. Log scale.",
        sources=["ph109", "ph117", "ph118", MODEL],
        alt="Daily tea over 14 days, log scale. In the two-vessel model the level before "
        f"each dose grows {before[-1] / before[0]:.1f}-fold, from {before[0]:.1f} to "
        f"{before[-1]:.1f} nM, and levels off after about a week; the peak goes only from "
        f"{daily[:480].max():.0f} to {daily[-480:].max():.0f} nM. With a three-hour half-life "
        f"nothing builds up: {before_short[0]:.1f} nM before every dose. With leaf powder "
        f"steady state took {steady_low:g} to {steady_high:g} days.",
        limits="Half-lives that lengthen with repetition. This is a linear model with one of many "
        "possible slow shares and the half-life after a single dose.",
        data=pd.DataFrame(
            {
                "day": days,
                "two_vessels_before_next_nM": before,
                "one_vessel_B_before_next_nM": before_short,
            }
        ),
        size=(5.2, 3.5),
    )


# Part 6: medicines that meet


def predicted_and_measured() -> pd.DataFrame:
    """Return what one tea does to two medicines: the forecast, and the trial with its interval."""
    rows = load_table("interactions")
    trial = rows[(rows["source_key"] == "tanna2023clinical") & (rows["measure"] == "AUC ratio")]
    forecast = rows[
        (rows["source_key"] == "tanna2021refined") & (rows["measure"] == "predicted AUC ratio")
    ]

    def of(table: pd.DataFrame, column: str, medicine: str) -> float:
        found = table[table["object_drug_or_endpoint"].str.startswith(medicine)]
        return float(found[column].iloc[0])

    enzymes = {"midazolam": "CYP3A", "dextromethorphan": "CYP2D6"}
    return pd.DataFrame(
        {
            "cleared by": enzymes,
            "predicted": {medicine: of(forecast, "value", medicine) for medicine in enzymes},
            "measured": {medicine: of(trial, "value", medicine) for medicine in enzymes},
            "low": {medicine: of(trial, "low", medicine) for medicine in enzymes},
            "high": {medicine: of(trial, "high", medicine) for medicine in enzymes},
        }
    )


def draw_trial(meeting: pd.DataFrame) -> Figure:
    """Draw predicted and measured exposures on a ratio scale.

    meeting : as `predicted_and_measured` returns it
    """

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(meeting.itertuples()):
            draw_interval(ax, y, row.low, row.high, row.measured, look.ink)
            dash = {"color": look.second, "ls": (0, (2, 1.5)), "lw": 2.5}
            ax.plot([row.predicted] * 2, [y - 0.16, y + 0.16], **dash)
            below = {"ha": "center" if row.measured > 1.1 else "left", "va": "top"}
            ax.text(row.measured, y + 0.16, f"measured {row.measured:g}", **below)
            right = row.predicted < 3
            beside = {"color": look.second, "va": "center", "ha": "left" if right else "right"}
            place = row.high * 1.08 if right else row.predicted * 0.94
            ax.text(place, y, f"predicted {row.predicted:g}", **beside)
        ax.axvline(1, color=look.muted, lw=1, zorder=0)
        name_rows(ax, ["midazolam\n(CYP3A)", "dextromethorphan\n(CYP2D6)"], room=0.7)
        ticks = {0.5: "half", 1: "no change", 2: "double", 4: "4 times", 8: "8 times"}
        log_ticks(ax, 0.45 if look.narrow else 0.6, 10, ticks)
        ax.set_xlabel("exposure to the medicine")

    said = [
        f"{row.Index}: predicted {row.predicted:g}-fold, measured {row.measured:g}-fold (90 "
        f"percent interval {row.low:g} to {row.high:g})."
        for row in meeting.itertuples()
    ]
    return show(
        draw,
        name="predicted-measured",
        title="The forecast for midazolam was about four times as high as what was measured",
        subtitle="Exposure to a medicine after one leaf tea, as a multiple of that without, on "
        "a ratio scale. Bars: 90% intervals of the trial.",
        sources=["tanna2023clinical", "tanna2021refined"],
        alt="Predicted and measured change in exposure after one kratom tea in 12 healthy adults. "
        + " ".join(said),
        limits="Daily use, extracts, concentrated 7-OH, illness or other medicines, which weren't "
        "tested in this trial: healthy adults had one low serving of leaf tea, once.",
        data=meeting.rename_axis("medicine").reset_index(),
        size=(5.2, 2.7),
    )


def draw_static_model(midazolam: pd.Series) -> Figure:
    """Draw what a static model predicts, by the share of mitragynine that counts.

    midazolam : row of `predicted_and_measured`
    """
    rows = load_table("interactions")
    lab = rows[
        (rows["source_key"] == "tanna2021refined")
        & (rows["object_drug_or_endpoint"] == "CYP3A substrates")
    ].set_index("measure")["value"]
    constants = lab.astype(float)
    micromolar = load_facts()["ph109"].number / 1000
    free = np.logspace(-2, 0, 100)
    predicted = {
        hours: models.auc_ratio(
            models.activity_left_time_dependent(
                micromolar * free, constants["KI"], constants["kinact"] * 60, np.log(2) / hours
            )
        )
        for hours in (24, 48, 96)  # half-life of the enzyme: assumed, not measured
    }

    def draw(ax: Axes, look: Look) -> None:
        ax.axhspan(midazolam["low"], midazolam["high"], color=look.ink, alpha=0.2, lw=0)
        above = {"va": "bottom"}
        ax.text(0.0105, midazolam["high"] * 1.03, "measured", color=look.ink, **above)
        ax.axhline(midazolam["predicted"], color=look.muted, lw=1)
        place = midazolam["predicted"] * 1.03
        ax.text(0.0105, place, "forecast of the paper", color=look.muted, **above)
        small = {"color": look.second, "va": "center"}
        for (hours, curve), dash in zip(predicted.items(), ("-", "--", ":"), strict=True):
            ax.plot(free, curve, dash, color=look.second)
            ax.text(1.08, curve[-1], f"{hours} h", **small)
        ax.text(1.08, 17.5, "enzyme\nhalf-life", ha="left", **small)
        ax.set(xscale="log", yscale="log", xlim=(0.01, 2.3), ylim=(0.9, 24))
        ax.set_xlabel("share of mitragynine that counts (log scale)")
        ax.set_ylabel("midazolam exposure, multiple")
        ax.set_xticks([0.01, 0.1, 1], ["1%", "10%", "100%"])
        ax.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
        ax.minorticks_off()

    said = [
        f"With an enzyme half-life of {hours} hours it runs from {curve[0]:.2f}-fold at a share of "
        f"1 percent to {curve[-1]:.1f}-fold at 100 percent."
        for hours, curve in predicted.items()
    ]
    columns = {f"half_life_{hours}_h": curve for hours, curve in predicted.items()}
    return show(
        draw,
        name="static-model",
        title="A static model can be made to say almost anything between no effect and ten-fold",
        subtitle="Forecast exposure to midazolam, as a multiple, by the share of mitragynine "
        "that is taken to count. Dashed and dotted: other half-lives of the enzyme.",
        sources=["tanna2023clinical", "tanna2021refined", MODEL],
        alt="Predicted midazolam exposure against the share of mitragynine that counts as active. "
        + " ".join(said)
        + f" Measured: {midazolam['measured']:g}-fold ({midazolam['low']:g} to "
        f"{midazolam['high']:g}).",
        limits="Which setting is right: that some curve crosses the measured band proves nothing. "
        "It's our own simplification at the median peak level, as if it lasted for days, and the "
        "enzyme half-lives are assumptions.",
        data=pd.DataFrame({"share": free} | columns).iloc[::5],
        size=(5.2, 3.5),
    )


RUNGS = ("in the\nlaboratory", "single\ncases", "series of\noverdoses", "trial in\npeople")


def evidence_ladder() -> pd.DataFrame:
    """Return what each warning rests on: medicine, rung from 0 to 3, a word and the fact."""
    return pd.DataFrame(
        [
            ("benzodiazepines", 3, "midazolam:\nlevel up", "ph131"),
            ("benzodiazepines", 2, "", "ph146"),
            ("benzodiazepines", 0, "", "ph135"),
            ("other opioids", 3, "registered,\nno result", "ph172"),
            ("other opioids", 2, "", "ph146"),
            ("alcohol", 2, "", "rec-034"),
            ("dextromethorphan", 3, "no change\nfound", "ph133"),
            ("dextromethorphan", 0, "", "ph136"),
            ("quetiapine", 1, "", "ph137"),
            ("naltrexone", 1, "", "rec-044"),
            ("serotonin medicines", 1, "", "ph138"),
            ("QT medicines", 0, "", "ph159"),
        ],
        columns=["medicine", "rung", "what", "fact"],
    )


def draw_ladder(ladder: pd.DataFrame) -> Figure:
    """Draw medicines against kinds of evidence.

    ladder : as `evidence_ladder` returns it
    """
    order = list(dict.fromkeys(ladder["medicine"]))

    def draw(ax: Axes, look: Look) -> None:
        name_rows(ax, order)
        draw_grid_rows(ax, look, len(order), RUNGS)
        box = {"fc": look.paper, "ec": "none", "pad": 1}
        middle = {"ha": "center", "va": "center", "color": look.ink}
        for row in ladder.itertuples():
            y = order.index(row.medicine)
            if row.what:
                ax.text(row.rung, y, row.what, bbox=box, **middle)
            else:
                ax.plot(row.rung, y, "o", ms=10, color=look.ink)

    named = ladder.replace("\n", " ", regex=True)
    named["rung"] = [RUNGS[rung].replace("\n", " ") for rung in ladder["rung"]]
    said = [
        f"{medicine}: "
        + ", ".join(
            f"{row.rung} ({row.what})" if row.what else row.rung for row in rows.itertuples()
        )
        + "."
        for medicine, rows in named.groupby("medicine", sort=False)
    ]
    return show(
        draw,
        name="ladder",
        title="We found two medicines that were tested for what kratom does to their level; most "
        "warnings rest on lower rungs",
        subtitle="What is known of mixing kratom or 7-OH with medicines or alcohol. A dot or word: "
        "at least one study of that kind was found, or a trial registered.",
        sources=list(ladder["fact"]),
        alt="A grid of medicines against kinds of evidence. " + " ".join(said),
        limits="How bad a mix is: a rung only says how a thing is known. An empty place means "
        "that no such study is listed here, not that the mix is harmless. Not every medicine is "
        "listed. The series of overdoses are about 7-OH, which can come from mitragynine too.",
        data=named,
        size=(5.2, 4.2),
        narrow=400,
    )


def channel_ruler() -> pd.DataFrame:
    """Return levels of mitragynine in blood and at half-block of a heart channel, in nM."""
    facts = load_facts()
    peak, unbound = facts["ph109"].number, 1 - facts["ph128"].number / 100
    grams = 398.5  # molar mass of mitragynine
    death = float(models.nanomolar(1000 * facts["ph145"].number, grams))
    return pd.DataFrame(
        [
            ("unbound part of that peak, at most", peak * unbound, "people"),
            ("total peak after one tea, median", peak, "people"),
            ("half of the channel blocked, 2019", facts["ph159"].number, "dish"),
            ("half of the channel blocked, 2016", 1000 * facts["ph139"].number, "dish"),
            ("blood of one person after death", death, "death"),
        ],
        columns=["what", "nM", "kind"],
    )


def draw_ruler(ruler: pd.DataFrame) -> Figure:
    """Draw levels in blood and half-blocks in a dish on one log scale.

    ruler : as `channel_ruler` returns it
    """
    names = [
        "peak after one tea:\nunbound, at most",
        "peak after one\ntea: total",
        "half-block\n(2019)",
        "half-block\n(2016)",
        "one death:\ntotal",
    ]

    def draw(ax: Axes, look: Look) -> None:
        for y, row in enumerate(ruler.itertuples()):
            dish = row.kind == "dish"
            colour = look.muted if dish else look.leaf
            style = {"color": colour, "mfc": look.paper if dish else colour, "mew": 2, "ls": "none"}
            ax.plot(row.nM, y, marker="o" if dish else LENS, **style)
            label = f"{row.nM:,.0f}" if row.nM >= 1000 else f"{row.nM:.3g}"
            ax.text(row.nM * 1.3, y, label, va="center", ha="left")
        name_rows(ax, names)
        log_ticks(ax, 5, 12000, [10, 100, 1000, 10000])
        ax.set_xlabel("mitragynine, nM")

    said = " ".join(f"{row.what}: {row.nM:,.0f}." for row in ruler.itertuples())
    return show(
        draw,
        name="herg-ruler",
        title="The median peak after one tea stayed below the lower half-block; blood from one "
        "death was above both",
        subtitle="Mitragynine in blood and at half-block of the hERG channel of the heart, nM. "
        "Log scale. Filled: people; open: cells.",
        sources=["ph109", "ph128", "ph159", "ph139", "ph145"],
        alt=f"Mitragynine on a log scale, in nM. {said}",
        limits="Where danger begins: half-block isn't a threshold, and smaller blocks begin below "
        "it. Levels after death aren't levels in life, and that person had three other medicines "
        "in the blood.",
        data=ruler,
        size=(5.2, 3.2),
    )


# Part 7: breathing


def draw_ceiling() -> Figure:
    """Draw the idea of a brake on making 7-OH; there's no data in it."""
    amount = np.linspace(0, 10, 101)
    made = models.occupancy(amount, 1)  # an enzyme fills up as a receptor does

    def draw(ax: Axes, look: Look) -> None:
        ax.plot(amount, amount / 10, "--", color=look.seven_oh)
        ax.plot(amount, made, "--", color=look.leaf)
        ax.text(6.2, 0.5, "7-OH swallowed:\nno brake", color=look.seven_oh, va="top", ha="left")
        words = "7-OH made from mitragynine:\nthe enzyme is the brake"
        ax.text(3.2, 0.90, words, color=look.leaf, va="bottom", ha="left")
        ax.set(xlim=(0, 10), ylim=(0, 1.1), xlabel="amount (no scale)")
        ax.set_ylabel("7-OH reaching the blood (no scale)")
        ax.set_xticks([])
        ax.set_yticks([])

    return show(
        draw,
        name="ceiling",
        title="The idea: a brake on making 7-OH doesn't hold back 7-OH that is swallowed",
        subtitle="7-OH that reaches the blood, by the amount taken. Dashed lines: an idea, "
        "without numbers.",
        sources=["ph088", MODEL],
        alt="Two lines without scales. 7-OH made from mitragynine by an enzyme rises steeply and "
        "then levels off, as the enzyme is fully busy. 7-OH swallowed as such rises in a straight "
        "line, from 0 to its full value, with no levelling off.",
        limits="Whether people have this brake, which isn't known to us. It's an idea drawn from "
        "a mouse study, with no data in it and no scale, and that the lines cross has no meaning.",
        data=pd.DataFrame(
            {"amount": amount, "made_from_mitragynine": made, "swallowed": amount / 10}
        ).iloc[::5],
        size=(5.2, 3.0),
    )


def draw_bias(weak: float = 0.05, loud: float = 30) -> Figure:
    """Draw two readouts of a drug that prefers neither, one of which amplifies.

    weak : efficacy of a weak drug
    loud : how many times as much the G-protein readout amplifies
    """
    efficacy = np.logspace(-2, 2, 200)

    def top(drug: np.ndarray | float, gain: float) -> np.ndarray | float:
        return 100 * drug * gain / (1 + drug * gain)

    protein, arrestin = float(top(weak, loud)), float(top(weak, 1))

    def draw(ax: Axes, look: Look) -> None:
        ax.axhspan(0, 10, color=look.faint, alpha=0.7, lw=0)
        small = {"va": "center"}
        ax.text(90, 5, "too small to see", color=look.muted, ha="right", **small)
        ax.plot(efficacy, top(efficacy, loud), color=look.compare)
        ax.plot(efficacy, top(efficacy, 1), "--", color=look.compare)
        ax.plot([weak, weak], [arrestin, protein], "o", color=look.ink)
        ax.text(weak * 1.25, protein - 2, "a weak drug", va="top")
        ax.text(0.16, 92, "G-protein\nreadout", color=look.compare, ha="right", va="center")
        ax.text(3.2, 62, "arrestin\nreadout", color=look.compare, ha="left", va="center")
        ax.set(xscale="log", xlim=(0.01, 100), ylim=(0, 105))
        ax.set(xlabel="efficacy of the drug (log scale)", ylabel="highest response, %")
        ax.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        ax.set_yticks([0, 50, 100])
        ax.minorticks_off()

    return show(
        draw,
        name="bias",
        title="In an invented example a weak drug with no preference at all looks biased",
        subtitle="Highest response in two invented readouts, by the efficacy of a drug. One "
        "readout amplifies, the other doesn't.",
        sources=[INVENTED],
        alt="Two rising curves of the highest response against efficacy. The G-protein readout "
        f"amplifies {loud} times, the arrestin readout not at all. A weak drug of efficacy "
        f"{weak:g} reaches {protein:.0f} percent in the first and {arrestin:.0f} percent in the "
        "second, too small to see, although it prefers neither path.",
        limits="That these alkaloids are unbiased: it shows only that weakness is enough to look "
        "biased, with invented amplifications and an invented limit of detection.",
        data=pd.DataFrame(
            {
                "efficacy": efficacy,
                "G-protein_readout_percent": top(efficacy, loud),
                "arrestin_readout_percent": top(efficacy, 1),
            }
        ).iloc[::5],
        size=(5.2, 3.2),
    )


def tea_and_blood() -> pd.DataFrame:
    """Return six alkaloids of one tea: mg in the tea, and exposure in blood (nM·h)."""
    pk = load_table("pk_parameters")
    tea = pk[
        (pk["source_key"] == "tanna2022clinical")
        & (pk["parameter"] == "AUCinf")
        & ~pk["compound"].str.contains("formed")
    ]
    in_tea = tea["dose"].str.extract(r"([\d.]+) mg")[0].astype(float)
    exposure = tea["value"].astype(float)
    rows = pd.DataFrame({"alkaloid": tea["compound"], "in_tea_mg": in_tea, "auc_nM_h": exposure})
    return rows.sort_values("in_tea_mg", ascending=False).reset_index(drop=True)


def draw_tea_and_blood(others: pd.DataFrame) -> Figure:
    """Draw the share of each alkaloid in the tea and in the blood.

    others : as `tea_and_blood` returns it
    """
    amounts = others.set_index("alkaloid")[["in_tea_mg", "auc_nM_h"]]
    percent = 100 * amounts / amounts.sum()

    def draw(ax: Axes, look: Look) -> None:
        for y, (tea, blood) in enumerate(percent.to_numpy()):
            ax.plot([tea, blood], [y, y], color=look.faint, lw=3, zorder=0)
            ax.plot(tea, y, marker=LENS, ls="none", color=look.leaf, ms=12)
            ax.plot(blood, y, "s", color=look.ink)
        tea, blood = percent.iloc[0]
        ax.text(tea + 2, 0, "of the tea", va="center", color=look.leaf)
        ax.text(blood + 2, 0, "of the blood", va="center")
        name_rows(ax, list(percent.index))
        ax.set(xlim=(-2, 80), xlabel="% of the six alkaloids")
        ax.set_xticks([0, 20, 40, 60])

    mitragynine, speciociliatine = percent.loc["mitragynine"], percent.loc["speciociliatine"]
    return show(
        draw,
        name="tea-and-blood",
        title="Of six alkaloids measured, mitragynine is most of the tea and speciociliatine most "
        "of the exposure in blood",
        subtitle="Each alkaloid's share of the six together, by weight in a leaf tea (lens) and by "
        "exposure in blood (square), %.",
        sources=["ph113"],
        alt="Six alkaloids in one leaf tea and in the blood of five adults, as shares of the six "
        f"together. Mitragynine makes up {mitragynine.iloc[0]:.0f} percent of the six in the tea "
        f"and {mitragynine.iloc[1]:.0f} percent of their exposure in blood, speciociliatine "
        f"{speciociliatine.iloc[0]:.0f} percent in the tea and {speciociliatine.iloc[1]:.0f} "
        "percent in blood.",
        limits="What speciociliatine does in people, which isn't known to us. One leaf product, "
        "medians, total drug; shares of the tea are by weight, of the blood by concentration over "
        "time.",
        data=others,
        size=(5.2, 3.2),
        narrow=330,
    )
