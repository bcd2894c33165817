"""How fast is grading? Stock nbgrader and `course grade` on the same submissions, on the same
machine, in one run.

    python benchmarks/grading.py                 two quizzes, three rounds; a quarter of an hour on
    two quiet cores python benchmarks/grading.py --otter         the same with otter-grader beside
    it, in an environment that is made for it python benchmarks/grading.py --many 2000     memory of
    the runner over a long run python benchmarks/grading.py --profile       where the time of the
    runner's process goes

How to read it: a line is a way of grading, with the median and the range of the rounds in seconds a
submission. Wall is
what an instructor waits, CPU what the machine works; on a busy machine trust the second. Start-up
is measured apart: ours is taken after the first quarter of a run, and the line below says what a
run of this size costs with it. The floor is what the cells alone use in a warm interpreter, with
each picture drawn as a notebook draws it (cut to what is on it)."""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import yaml
from classroom import answered, clean_environment, hand_in, make_classroom, own_cell
from students import partial, right, wrong

from kratomcourse.quiz import load_banks
from kratomcourse.quiz.bank import banks_dir

PLOT = (
    "import pandas as pd\nimport matplotlib.pyplot as plt\nframe = pd.DataFrame({'x': "
    "range(20)})\nframe['y'] = frame['x'] ** 2\nplt.plot(frame['x'], "
    "frame['y'])\nplt.title('mine')\nplt.show()"
)

FLOOR = """
import json, sys, time, io, contextlib
import numpy as np, pandas as pd, matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
plt.show = lambda: (plt.savefig(io.BytesIO(), format='png', bbox_inches='tight'), plt.close('all'))
used = []
for path in sys.argv[1:]:
    found = json.load(open(path))['cells']
    cells = [''.join(cell['source']) for cell in found if cell['cell_type'] == 'code']
    start = time.process_time()
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            try:
                exec(compile(cell, 'cell', 'exec'), names)
            except Exception:
                pass
    used.append(time.process_time() - start)
print(json.dumps(used[1:]))
"""


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--chapter", default="02-pharmacology")
    options.add_argument(
        "--stock", type=int, default=4, help="submissions for stock nbgrader in each round"
    )
    options.add_argument(
        "--ours", type=int, default=40, help="submissions for course grade in each round"
    )
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--otter", action="store_true")
    options.add_argument("--many", type=int, default=0)
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    bank = load_banks()[chosen.chapter]
    values = bank.model_copy(
        update={"items": [item for item in bank.items if item.kind not in ("code", "text")]}
    )
    with tempfile.TemporaryDirectory() as folder:
        if chosen.many:
            return many(Path(folder), bank, chosen.many)
        if chosen.profile:
            return profile(Path(folder), bank, chosen.ours)
        print(f"{'quiz':<18}{'way':<44}{'wall s / submission':>24}{'CPU s / submission':>26}")
        for name, used, plots in (("mixed", bank, True), ("values alone", values, False)):
            compare(Path(folder) / name.replace(" ", "-"), name, used, plots, chosen)


def fill(classroom, count, plots):
    for number in range(count):
        draw = random.Random(number)
        notebook = answered(
            classroom,
            {
                item.id: draw.choice([right, right, partial, wrong])(item)
                for item in classroom.items
            },
        )
        if plots:
            notebook["cells"].append(own_cell(PLOT))
        hand_in(classroom, f"s{number:04}", notebook)


def classroom_for(folder, bank, count, plots):
    """A classroom with `count` submissions, of the bank's file with the items of `bank` alone."""
    file = folder.with_suffix(".yml")
    file.parent.mkdir(parents=True, exist_ok=True)
    written = yaml.safe_load((banks_dir() / f"{bank.chapter}.yml").read_text(encoding="utf-8"))
    kept = {item.id for item in bank.items}
    written["items"] = [item for item in written["items"] if item["id"] in kept]
    file.write_text(yaml.safe_dump(written, sort_keys=False, allow_unicode=True), encoding="utf-8")
    classroom = make_classroom(folder, bank, file)
    fill(classroom, count, plots)
    return classroom


# Times each submission as it is written down; the first quarter is the start. CPU of one process
# and its room.
OURS = """
import json, sys, time
from kratomcourse.grading.autograde import executors
from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.runner import grade_assignment

sandboxes = []
class Watched(executors.Sandbox):
    def __init__(self, *words, **more):
        super().__init__(*words, **more)
        sandboxes.append(self)
executors.Sandbox = Watched
began, seen = time.monotonic(), []
def each(done, total, row):
    cpu = time.process_time() + sum(sandbox.cpu_seconds for sandbox in sandboxes)
    seen.append((time.monotonic(), cpu))
grade_assignment(CourseLayout('.'), sys.argv[1], each, regrade=True, workers=int(sys.argv[2]))
skip = len(seen) // 4
wall, cpu = ((seen[-1][place] - seen[skip][place]) / (len(seen) - 1 - skip) for place in (0, 1))
one = int(sys.argv[2]) == 1
print(json.dumps([wall, cpu if one else None, (time.monotonic() - began) / len(seen)]))
"""


def compare(folder, name, bank, plots, chosen):
    stock, ours = (
        classroom_for(folder / way, bank, count, plots)
        for way, count in (("stock", chosen.stock), ("ours", chosen.ours))
    )
    config = stock.root / "nbgrader_config.py"
    before, _, rest = config.read_text().partition("# Grading: what students hand in")
    config.write_text(before + rest[rest.index("# Where nbgrader runs") :])
    times, others = {}, otter_ways(folder, stock, chosen) if chosen.otter else {}
    for _ in range(chosen.rounds):
        add(
            times,
            "stock nbgrader, one process",
            *(
                value / chosen.stock
                for value in timed(stock, "nbgrader", "autograde", stock.quiz, "--force")
            ),
        )
        add(
            times,
            "stock nbgrader, two side by side",
            *(value / chosen.stock for value in timed_together(stock)),
        )
        for workers in (1, 2):
            before = spent()
            wall, cpu, whole = run_json(ours, OURS, ours.quiz, str(workers))
            add(times, f"course grade, {workers} worker{'s' if workers > 1 else ''}", wall, cpu)
            add(
                times,
                f"  with start-up, {chosen.ours} in all, {workers} "
                f"worker{'s' if workers > 1 else ''}",
                whole,
                (spent() - before) / chosen.ours,
            )
        for way, grade in others.items():
            before, start = spent(), time.monotonic()
            grade()
            add(
                times,
                way,
                (time.monotonic() - start) / chosen.stock,
                (spent() - before) / chosen.stock,
            )
        used = statistics.mean(run_json(ours, FLOOR, *notebooks(ours)))
        add(times, "floor: only the cells, warm", used, used)
    for way, pairs in times.items():
        walls, cpus = zip(*pairs)
        print(
            f"{name:<18}{way:<44}{spread(walls):>24}{spread(cpus) if None not in cpus else '':>26}"
        )

    def median(way, place=0):
        return statistics.median(pair[place] for pair in times[way])

    one, two = median("stock nbgrader, one process"), median("stock nbgrader, two side by side")
    for way in others:
        print(
            f"{name:<18}course grade, 2 workers: "
            f"{median(way) / median('course grade, 2 workers'):.1f} times {way} (wall)"
        )
    for way in ("course grade, 1 worker", "course grade, 2 workers"):
        print(
            f"{name:<18}{way}: {one / median(way):.1f} times one stock process, "
            f"{two / median(way):.1f} times two side by side (wall)"
        )
    print(
        f"{name:<18}CPU over the floor: "
        f"{median('course grade, 1 worker', 1) / median('floor: only the cells, warm', 1):.2f} "
        "times",
        flush=True,
    )


def otter_ways(folder, classroom, chosen):
    import otter

    python = otter.make_environment(ROOT / "_build" / "otter")
    otter.make_autograder(python, folder / "otter", classroom.items)
    return otter.commands(python, folder / "otter", notebooks(classroom)[: chosen.stock])


def run_json(classroom, script, *words):
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout)


def notebooks(classroom):
    return sorted(map(str, (classroom.root / "submitted").glob("*/*/*.ipynb")))


def add(times, way, wall, cpu):
    times.setdefault(way, []).append((wall, cpu))


def spread(values):
    return f"{statistics.median(values):.3f} ({min(values):.3f}-{max(values):.3f})"


def timed(classroom, module, *words):
    """(wall, CPU) seconds of a command and all it started."""
    before, start = spent(), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=classroom.root,
        env=clean_environment(classroom.root),
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stdout + done.stderr[-3000:])
    return time.monotonic() - start, spent() - before


def timed_together(classroom):
    before, start = spent(), time.monotonic()
    both = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "nbgrader",
                "autograde",
                classroom.quiz,
                "--force",
                "--student",
                f"s*[{digits}]",
            ],
            cwd=classroom.root,
            env=clean_environment(classroom.root),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for digits in ("02468", "13579")
    ]
    if any(process.wait() for process in both):
        raise SystemExit("one of two stock graders failed")
    return time.monotonic() - start, spent() - before


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def many(folder, bank, count):
    """Memory of the runner at each tenth of a long run, in MB."""
    from kratomcourse.grading.autograde.runner import grade_assignment

    classroom = classroom_for(folder / "many", bank, count, plots=True)
    seen, start = [], time.monotonic()

    def each(done, total, row):
        if done % max(total // 10, 1) == 0:
            seen.append(
                int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                >> 20
            )
            print(
                f"{done:>6} of {total}: {seen[-1]} MB, "
                f"{(time.monotonic() - start) / done:.3f} s a submission",
                flush=True,
            )

    report = grade_assignment(classroom.layout, classroom.quiz, each=each)
    print(
        f"{len(report.rows)} submissions in {report.seconds:.0f} s; memory from {seen[0]} to "
        f"{max(seen)} MB; problems: {report.problems or 'none'}"
    )


def profile(folder, bank, count):
    import cProfile
    import pstats

    from kratomcourse.grading.autograde.runner import grade_assignment

    classroom = classroom_for(folder / "profile", bank, count, plots=True)
    watched = cProfile.Profile()
    watched.runcall(grade_assignment, classroom.layout, classroom.quiz, workers=1)
    pstats.Stats(watched).sort_stats("cumulative").print_stats(35)


if __name__ == "__main__":
    main()
