"""How long does a small class take? Stock nbgrader and `course grade` as whole commands, in one
run.

    python benchmarks/small_class.py                 four submissions, three rounds
    python benchmarks/small_class.py --rounds 1      a look

Each line is a command with its start, from the shell's point of view: the wall time, and the CPU
time of everything that the command started. On a busy machine trust the CPU time, and the ratios of
one round."""

import argparse
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from grading import classroom_for, spread, timed

from kratomcourse.quiz import load_banks

STOCK, OURS, ONE = "stock nbgrader autograde", "course grade", "course grade, one regraded"
STOCK_ONE = "stock nbgrader, one regraded"
Times = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Print a table for a mixed quiz and for one of values alone."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--chapter", default="02-pharmacology")
    options.add_argument("--submissions", type=int, default=4)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    bank = load_banks()[chosen.chapter]
    plain = [item for item in bank.items if item.kind not in ("code", "text")]
    values = bank.model_copy(update={"items": plain})
    print("| quiz | command | wall | CPU |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, used, plots in (("with a plot", bank, True), ("values alone", values, False)):
            place = Path(folder) / name.replace(" ", "-")
            times = measured(place, used, plots, chosen.submissions, chosen.rounds)
            print_table(name, times)


def measured(place: Path, bank: object, plots: bool, count: int, rounds: int) -> Times:
    """Return way -> (wall, CPU) of each round."""
    stock, ours = (classroom_for(place / way, bank, count, plots) for way in ("stock", "ours"))
    config = stock.root / "nbgrader_config.py"
    before, _, rest = config.read_text().partition("# Grading: what students hand in")
    config.write_text(before + rest[rest.index("# Where nbgrader runs") :])
    one, quiz = "s0001", ours.quiz
    times: Times = defaultdict(list)
    for _ in range(rounds):
        times[STOCK].append(timed(stock, "nbgrader", "autograde", quiz, "--force"))
        times[OURS].append(timed(ours, "kratomcourse.cli", "grade", quiz, "--regrade"))
        times[STOCK_ONE].append(
            timed(stock, "nbgrader", "autograde", quiz, "--force", "--student", one)
        )
        times[ONE].append(
            timed(ours, "kratomcourse.cli", "grade", quiz, "--regrade", "--student", one)
        )
    return times


def print_table(name: str, times: Times) -> None:
    """Print medians with their ranges, and the ratios."""
    for way, rounds in times.items():
        walls, cpus = zip(*rounds, strict=True)
        print(f"| {name} | {way} | {spread(walls)} | {spread(cpus)} |")
    for ours, theirs in ((OURS, STOCK), (ONE, STOCK_ONE)):
        ratios = [
            statistics.median(
                a[place] / b[place] for a, b in zip(times[ours], times[theirs], strict=True)
            )
            for place in (0, 1)
        ]
        print(
            f"| {name} | {ours}, share of stock | {ratios[0]:.0%} | {ratios[1]:.0%} |", flush=True
        )


if __name__ == "__main__":
    main()
