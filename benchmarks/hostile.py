"""What do the hostile submissions of tests/hostile get from stock nbgrader, and what from this
course? A table.

    python benchmarks/hostile.py                     the whole set; about an hour on two quiet cores
    python benchmarks/hostile.py --only endless_loop --only pickle_bomb
    python benchmarks/hostile.py --table             write tests/hostile/README.md from what has
    been measured

Each attack comes with two honest students: ada, marked before it, and zoe, who is marked after it.
Stock nbgrader runs
inside an outer bubblewrap: no network, an ordinary user, a disk of 300 MB, limits on time, memory
and processes, and it
is ended where the machine's memory gets short. So an attack on the network finds none here, whoever
grades. Results are kept in _build/hostile-stock.json and hostile-ours.json; a second call goes on
with what is missing."""

import argparse
import ast
import datetime
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from classroom import (
    all_right,
    clean_environment,
    hand_in,
    handed_out,
    insert_first,
    make_classroom,
)
from test_hostile import ATTACKS, NEVER, SHORT, TRACES, run_all, student

KEPT = {side: ROOT / "_build" / f"hostile-{side}.json" for side in ("stock", "ours")}
TABLE = ROOT / "tests" / "hostile" / "README.md"
NOBODY = 61112
LONGEST = 600  # seconds for one attack
LEAST_MB = 5000  # of memory that has to stay free on the machine
NO_NETWORK = ("calls_home", "knocks_at_loopback")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", action="append", choices=sorted(ATTACKS))
    options.add_argument("--side-by-side", type=int, default=1)
    options.add_argument("--side", choices=["stock", "ours", "both"], default="both")
    options.add_argument("--table", action="store_true")
    chosen = options.parse_args()
    known = {
        side: json.loads(path.read_text()) if path.exists() else {} for side, path in KEPT.items()
    }
    if not chosen.table:
        with tempfile.TemporaryDirectory(prefix="course-hostile-", dir="/var/tmp") as folder:
            os.chmod(folder, 0o755)
            if chosen.side != "ours":
                measure_stock(known["stock"], Path(folder), chosen)
            if chosen.side != "stock":
                measure_ours(known["ours"], Path(folder))
    TABLE.write_text(table(known), encoding="utf-8")
    print(f"wrote {TABLE.relative_to(ROOT)}")


def keep(side, results):
    KEPT[side].parent.mkdir(exist_ok=True)
    KEPT[side].write_text(json.dumps(results, indent=1, sort_keys=True))


def measure_stock(results, folder, chosen):
    template = stock_classroom(folder / "template")
    waiting = [name for name in chosen.only or ATTACKS if chosen.only or name not in results]
    with ThreadPoolExecutor(chosen.side_by_side) as pool:
        for name, result in zip(
            waiting, pool.map(lambda name: against_stock(folder, template, name), waiting)
        ):
            results[name] = result
            print(name, result, flush=True)
            keep("stock", results)


def measure_ours(results, folder):
    run = run_all(folder / "ours" / "quizzes", SHORT, workers=1)
    for name in ATTACKS:
        row = run.rows[student(name)]
        results[name] = {
            "state": row.state,
            "points": row.points,
            "told": [row.why] if row.why else [*row.violations, *row.repairs],
        }
    keep("ours", results)


def stock_classroom(root):
    """A classroom with the course's plug-ins taken out, in which ada is marked already."""
    classroom = make_classroom(root)
    config = root / "nbgrader_config.py"
    before, _, rest = config.read_text().partition("# Grading: what students hand in")
    config.write_text(
        before
        + rest[rest.index("# Where nbgrader runs") :]
        + "\nc.ExecutePreprocessor.timeout = 30\n"
    )
    hand_in(classroom, "ada", all_right(classroom))
    (root / "bank" / "notes.txt").write_text("BANK-WORDS")
    (root / "source" / classroom.quiz / "data").mkdir()
    (root / "source" / classroom.quiz / "data" / "more.csv").write_text("a\n1\n")
    (root / "source" / classroom.quiz / "table.csv").write_text("b\n2\n")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", classroom.quiz],
        cwd=root,
        env=clean_environment(root),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    notebook = insert_first(all_right(classroom), "# CLASSMATE-WORDS")
    hand_in(classroom, "ada", notebook)
    return classroom


def against_stock(folder, template, name):
    """What an attack gets: points, what it read, what became of the two others."""
    attack, place = ATTACKS[name], folder / name
    root = place / "quizzes"
    shutil.copytree(template.root, root, symlinks=True)
    classroom = type(template)(**vars(template) | {"root": root})
    notebook = handed_out(classroom)
    if hasattr(attack, "CELL"):
        insert_first(
            notebook,
            attack.CELL.replace("{root!r}", repr(str(root)))
            .replace("{course!r}", repr(str(ROOT)))
            .replace("{port}", "9"),
        )
    if hasattr(attack, "change"):
        notebook = attack.change(notebook, classroom)
    handed_in = hand_in(classroom, "eve", notebook)
    if hasattr(attack, "place"):
        attack.place(handed_in, classroom)
    hand_in(classroom, "zoe", all_right(classroom))
    out = place.with_name(f"{name}-out")
    out.mkdir()
    source = place.with_name(f"{name}-source")
    root.rename(source)
    for path in (source, *source.rglob("*"), out):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    began = time.monotonic()
    ended = run_behind_an_outer_wall(source, place, out, classroom.quiz)
    result = {"seconds": round(time.monotonic() - began), "ended": ended}
    result |= found(out, classroom.quiz)
    shutil.rmtree(place)
    shutil.rmtree(source)
    shutil.rmtree(out)
    return result


SCRIPT = """
out="$1/out"; cp -a "$1/source" "$1/quizzes" && mkdir "$1/home" && cd "$1/quizzes"
"$2" -m nbgrader autograde "$3" >"$out/log" 2>&1 </dev/null; echo $? >"$out/code"
cp gradebook.db "$out"; cp -r autograded "$out"
for trace in $4; do [ -e "$trace" ] && echo "$trace" >>"$out/traces"; done; true
"""


def run_behind_an_outer_wall(source, place, out, quiz):
    base = os.path.realpath(sys.base_prefix)
    above = [
        word for folder in reversed(Path(base).parents[:-1]) for word in ("--dir", str(folder))
    ]
    reach = (
        ["--tmpfs", "/root", "--chmod", "0755", "/root", *above, "--ro-bind", base, base]
        if base.startswith("/root/")
        else []
    )
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": f"{place}/home",
        "PYTHONPATH": str(ROOT),
        "COURSE_TEST_SECRET": "ENVIRONMENT-WORDS",
        "LANG": "C.UTF-8",
    }
    words = [
        "bwrap",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--unshare-net",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--die-with-parent",
        "--size",
        str(300 << 20),
        "--perms",
        "1777",
        "--tmpfs",
        str(place),
        "--size",
        str(100 << 20),
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--size",
        str(50 << 20),
        "--perms",
        "1777",
        "--tmpfs",
        "/dev/shm",
        *reach,
        "--ro-bind",
        str(source),
        str(place / "source"),
        "--bind",
        str(out),
        str(place / "out"),
        "--cap-add",
        "ALL",
        "--clearenv",
        *(word for name, value in environment.items() for word in ("--setenv", name, value)),
        "--",
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
        "prlimit",
        "--nproc=250",
        f"--as={4 << 30}",
        f"--fsize={250 << 20}",
        "--cpu=200",
        "--core=0",
        "--nofile=512",
        "sh",
        "-c",
        SCRIPT,
        "sh",
        str(place),
        sys.executable,
        quiz,
        " ".join(TRACES),
    ]
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    until = time.monotonic() + LONGEST
    while process.poll() is None:
        free = next(
            int(line.split()[1]) >> 10
            for line in Path("/proc/meminfo").read_text().splitlines()
            if line.startswith("MemAvailable")
        )
        if time.monotonic() > until or free < LEAST_MB:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "ended by us: time" if free >= LEAST_MB else "ended by us: memory"
        time.sleep(0.2)
    errors = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    return "" if process.returncode == 0 else f"bubblewrap: {errors[-300:]}"


def found(out, quiz):
    """What stands in the gradebook and in the graded notebook afterwards."""
    result = {"code": (out / "code").read_text().strip() if (out / "code").exists() else None}
    points = {}
    try:
        base = sqlite3.connect(f"file:{out / 'gradebook.db'}?mode=ro", uri=True)
        question = (
            "select a.student_id, sum(coalesce(g.manual_score, g.auto_score, 0)) from "
            "submitted_assignment a join submitted_notebook n on n.assignment_id = a.id join "
            "grade g on g.notebook_id = n.id group by a.student_id"
        )
        points = dict(base.execute(question))
        base.close()
    except sqlite3.Error as error:
        result["gradebook"] = str(error)
    result |= {"points": points.get("eve"), "before": points.get("ada"), "after": points.get("zoe")}
    graded = out / "autograded" / "eve" / quiz / f"{quiz}.ipynb"
    said = ""
    if graded.is_file() and graded.stat().st_size < 300 << 20:
        try:
            said = json.dumps(
                [
                    cell.get("outputs")
                    for cell in json.loads(graded.read_text(errors="replace"))["cells"]
                ]
            )
        except (ValueError, KeyError, RecursionError):
            pass
    result["got"] = sorted({word for word in NEVER if word in said})
    result["graded"] = graded.is_file()
    result["traces"] = (
        sorted((out / "traces").read_text().split()) if (out / "traces").exists() else []
    )
    return result


READ = {
    "CLASSMATE-WORDS": "a classmate's work",
    "ENVIRONMENT-WORDS": "the grader's environment",
    "BANK-WORDS": "the bank",
    "BEGIN HIDDEN TESTS": "hidden tests",
    "FOUND": "what it looked for",
    "CONNECTED": "a connection",
    "<script": "a script in the page",
    "onerror": "a script in the page",
    "onload": "a script in the page",
    "ESCAPED": "more rights",
    "WROTE": "wrote where it should not",
    "RAISED": "more than its limits",
    "SHADOWED": "its own code ran in the grader's place",
}


def stock_words(name, result, full):
    words = []
    if result["points"]:
        words.append(f"**{result['points']:g} points**")
    elif not result["graded"]:
        words.append(
            "not marked; the run told of an error"
            if result["code"] not in ("0", None)
            else "not marked"
        )
    else:
        words.append("0 points")
    got = sorted({READ[word] for word in result["got"]})
    if got:
        words.append(f"got {', '.join(got)}")
    if result["traces"]:
        words.append("left files behind")
    if result["before"] != full:
        words.append(f"**the classmate before it has {result['before'] or 0:g}**")
    if result["after"] != full:
        words.append(
            "**the student after it is not marked**"
            if result["after"] is None
            else f"**the student after it has {result['after']:g}**"
        )
    if result["ended"]:
        words.append(
            f"the run was {result['ended']}" if "by us" in result["ended"] else "the run broke off"
        )
    if name in NO_NETWORK:
        words.append("(no network here, whoever grades)")
    return "; ".join(words)


def ours_words(result):
    if result["state"] == "rejected":
        return f"refused: {result['told'][0]}"
    return f"{result['points']:g} points" + (f"; {result['told'][0]}" if result["told"] else "")


def table(known):
    # What honest students mostly have: some attacks change it.
    full = (
        statistics.mode(result["before"] or 0 for result in known["stock"].values())
        if known["stock"]
        else 0
    )
    unearned = [name for name, result in known["stock"].items() if result["points"]]
    harmed = [
        name
        for name, result in known["stock"].items()
        if result["before"] != full or result["after"] != full
    ]
    lines = [
        "# Hostile submissions",
        "",
        f"{len(ATTACKS)} ways to get unearned points, to read what is not one's own, or to "
        "stop the run for others, in a notebook that is graded; those at the steps beside it "
        "stand below the table. Each file here says what it tries; `tests/test_hostile.py` "
        "runs all of them, and `benchmarks/hostile.py` made this "
        f"table on {datetime.date.today():%-d %B %Y}.",
        "",
        "Stock nbgrader is version 0.9.6 with this course's quizzes and none of its "
        "plug-ins. Each attack hands in the quiz without an answer, so that every point is "
        "unearned. "
        f"One honest student is marked before it and one after it; each has earned {full:g} "
        "points. "
        f"Of the {len(known['stock'])} attacks tried on stock nbgrader, {len(unearned)} got "
        f"points and {len(harmed)} changed something for another student. "
        "With this course none did. The outer sandbox, in which stock nbgrader ran for this "
        "table, kept from it the network, a large disk and much memory; outside it those "
        "attacks reach further.",
        "",
        "| attack | stock nbgrader | this course |",
        "| --- | --- | --- |",
    ]
    for name, attack in ATTACKS.items():
        stock = (
            stock_words(name, known["stock"][name], full) if name in known["stock"] else "not tried"
        )
        # Where it was not measured here, what the test of this file asserts.
        ours = (
            ours_words(known["ours"][name])
            if name in known["ours"]
            else "rejected"
            if getattr(attack, "REFUSED", False)
            else "0 points"
        )
        told = " ".join(attack.__doc__.split()).rstrip(".")
        lines.append(f"| [{name}]({name}.py): {told} | {stock} | {ours} |".replace("\n", " "))
    return "\n".join([*lines, *steps_section()]) + "\n"


STEPS = {
    "exchange": "Collecting from the exchange: a plain copy is taken, or nothing",
    "archives": "Unpacking: only the student's own folder is written, or nothing",
    "names": 'Ids: one row "not graded"; plain text that looks like markup is only escaped',
    "timestamps": 'Times: one row "not graded", or a time that can be',
    "pages": "Feedback and formgrader: shown as text, of bounded length, in bounded time",
    "people": "Report and exports: text in its own column, or the command stops and writes nothing",
    "room": "The room's exchange: only the student's own files, read up to a size",
}


def steps_section():
    """Lines on the attacks beside the cell, from the docstrings of their functions."""
    folder = TABLE.parent / "steps"
    yield from ("", "## Beside the cell", "")
    yield (
        "`tests/test_hostile_steps.py` runs these, each with an honest student before and after it."
        " Stock nbgrader was not measured on them."
    )
    for step, promise in STEPS.items():
        yield from ("", f"### {promise}", "")
        tree = ast.parse((folder / f"{step}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and (told := ast.get_docstring(node)):
                yield f"- `{node.name}`: {' '.join(told.split())}"


if __name__ == "__main__":
    main()
