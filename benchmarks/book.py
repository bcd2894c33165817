"""How fast is the book made? `course book` and a plain `jupyter-book build` of the same sources,
from nothing, in one run.

    python benchmarks/book.py                one round; three to five minutes on two quiet cores
    python benchmarks/book.py --rounds 3     median and range
    python benchmarks/book.py --profile      where the time of Jupyter Book's own process goes, with
    all chapters in the cache

Both build a copy of this checkout that holds no `_build`, in turn, each round in the other order.
The plain build uses the same _config.yml with our extension, and executes each chapter in a kernel
of its own, as Jupyter Book does. `course book` also checks the sources, derives quizzes and plain
notebooks, and fails on warnings.

How to read it: wall is what somebody waits for, CPU what all processes used. On a busy machine
trust the CPU column; what
two processors can do at best is half of it, and the column `CPU / 2` tells that bound. Pages of
both builds are compared: they have to be the same but for the day and hour.
"""

import argparse
import difflib
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns("_build", ".git", ".venv", "__pycache__", ".home", "my-notebooks")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.profile:
            return profile(Path(folder))
        times = {"jupyter-book build": [], "course book": []}
        ways = [("jupyter-book build", plain), ("course book", ours)]
        for number in range(chosen.rounds):
            for name, build in ways if number % 2 == 0 else reversed(ways):
                root = Path(
                    shutil.copytree(
                        ROOT, Path(folder) / f"{name.partition(' ')[0]}-{number}", ignore=LEFT_OUT
                    )
                )
                times[name].append(timed(build(root), root))
                print(
                    f"round {number + 1}, {name}: {times[name][-1][0]:.1f}"
                    f" s wall, {times[name][-1][1]:.1f} s CPU",
                    flush=True,
                )
            report(Path(folder), number)
    print(f"\n{'way':<22}{'wall s':>24}{'CPU s':>24}{'CPU / 2':>10}")
    for name, pairs in times.items():
        walls, cpus = zip(*pairs)
        print(
            f"{name:<22}{spread(walls):>24}{spread(cpus):>24}{statistics.median(cpus) / 2:>10.1f}"
        )
    for place, what in enumerate(("wall", "CPU")):
        ratio = statistics.median(pair[place] for pair in times["course book"]) / statistics.median(
            pair[place] for pair in times["jupyter-book build"]
        )
        print(f"course book takes {ratio:.0%} of the plain build ({what})")


def plain(root):
    return [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]


def ours(root):
    return [sys.executable, "-m", "kratomcourse.cli", "book"]


def timed(command, root):
    """(wall, CPU) seconds of a command and all that it started."""
    before, start = spent(), time.monotonic()
    done = subprocess.run(command, cwd=root, env=surroundings(root), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-3000:])
    return time.monotonic() - start, spent() - before


def surroundings(root):
    return os.environ | {"PYTHONPATH": str(root), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def report(folder, number):
    """Say whether the pages of both builds of a round are the same."""
    one, two = (
        folder / f"{name}-{number}" / "_build" / "html" for name in ("jupyter-book", "course")
    )
    pages = sorted(path.relative_to(one) for path in one.rglob("*.html"))
    differ = [
        str(page)
        for page in pages
        if not (two / page).exists() or words(one / page) != words(two / page)
    ]
    print(
        f"round {number + 1}: {len(pages)} pages; different: {', '.join(differ) or 'none'}",
        flush=True,
    )
    for page in differ:
        lines = difflib.unified_diff(
            *(
                words(folder / page).splitlines() if (folder / page).exists() else []
                for folder in (one, two)
            ),
            "plain",
            "ours",
            lineterm="",
            n=0,
        )
        print(
            f"  {page}", *(f"    {line[:300]}" for line in islice(lines, 12)), sep="\n", flush=True
        )


def words(page):
    # course book links the notebooks and the EPUB that it made
    text = re.sub(
        r' ?<span class="take-along">.*?</span>|<li class="file">.*?</li>',
        "",
        page.read_text(encoding="utf-8"),
        flags=re.S,
    )
    return re.sub(r"\w{3} \d\d, \d{4}|\d{4}-\d\d-\d\dT[\d:.+]+", "", text)


def profile(folder):
    root = Path(shutil.copytree(ROOT, folder / "profile", ignore=LEFT_OUT))
    timed(ours(root), root)
    for name in ("html", ".doctrees"):
        shutil.rmtree(root / "_build" / name)
    command = [sys.executable, "-m", "cProfile", "-o", str(folder / "stats"), *plain(root)]
    subprocess.run(command, cwd=root, env=surroundings(root), check=True, capture_output=True)
    import pstats

    pstats.Stats(str(folder / "stats")).sort_stats("cumulative").print_stats(60)


if __name__ == "__main__":
    main()
