"""How many people does a room hold? Real web clients open their notebooks, run cells, validate and submit, all at once.

    python benchmarks/room.py                 thirty people on this machine; some minutes on two quiet cores
    python benchmarks/room.py --people 10     fewer
    python benchmarks/room.py --kill          the hub is killed while they submit, and opened again

Prints a table: seconds a person waits (median, shortest and longest), and the memory of all that runs in the room. Wall
time depends on what else the machine does, so the load at the start stands above the table, and the processor seconds a
person costs stand below: those carry over to another machine.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from roomers import OpenRoom  # noqa: E402
from students import right, write_answers  # noqa: E402

from kratomcourse.quiz import load_banks  # noqa: E402

QUIZ = "02-pharmacology"
CELLS = ["import numpy as np, pandas as pd", "import matplotlib.pyplot as plt\nplt.plot(np.arange(9));", "from kratomcourse.quiz import QuizHtml\nlen(QuizHtml('02-pharmacology', 'pharm.o1')._repr_html_())"]


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--people", type=int, default=30)
    options.add_argument("--kill", action="store_true", help="kill the hub while people submit")
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="room-") as folder:
        print(f"{options.people} people, {os.cpu_count()} processors, load before: {os.getloadavg()[0]:.1f}\n")
        measure(Path(folder) / "room", options)


def measure(folder, options):
    table = []
    with OpenRoom(ROOT, folder, "--chapters", "2") as room:
        leader = room.leader()
        leader.come_in()
        leader.do_step(QUIZ, "release")
        people = [room.roomer(f"person-{number}") for number in range(1, options.people + 1)]
        with ThreadPoolExecutor(options.people) as pool:
            used = processor_seconds(room.hub)
            table.append(("come in", timed(pool, people, lambda person: must_be_none(person.come_in()))))
            table.append(("open the notebooks", timed(pool, people, lambda person: person.open_notebooks())))
            each = (processor_seconds(room.hub) - used) / options.people
            table.append(("run the first cells", timed(pool, people, lambda person: person.run(CELLS))))
            full = memory(room.hub)
            table.append(("fetch the quiz", timed(pool, people, lambda person: person.fetch(QUIZ))))
            for person in people:
                answer(person, folder)
            table.append(("validate", timed(pool, people, lambda person: person.validate(QUIZ))))
            if options.kill:
                killed(room, pool, people, folder)
            else:
                table.append(("submit", timed(pool, people, lambda person: person.submit(QUIZ))))
                time.sleep(5)
                handed_in = leader.page("state").json()["people"]
                assert all(person["handed_in"] for person in handed_in) and len(handed_in) == options.people
                start = time.monotonic()
                leader.do_step(QUIZ, "grade")
                table.append(("collect and mark all (leader)", [time.monotonic() - start]))
    print(f"{'all at once':32} {'median':>7} {'shortest':>9} {'longest':>8}   seconds")
    for name, times in table:
        print(f"{name:32} {statistics.median(times):7.1f} {min(times):9.1f} {max(times):8.1f}")
    print(f"\nopening the notebooks takes {each:.1f} processor seconds a person")
    print(f"memory of the room with everybody's notebooks open: {full / 2**20:.0f} MB, {full / 2**20 / options.people:.0f} MB a person")


def timed(pool, people, do):
    def one(person):
        start = time.monotonic()
        do(person)
        return time.monotonic() - start

    return list(pool.map(one, people))


def must_be_none(said):
    assert said is None, said


def answer(person, folder):
    """Everything right, written into the person's fetched notebook as the person."""
    path = folder / "homes" / person.name / QUIZ / f"{QUIZ}.ipynb"
    items = load_banks()[QUIZ].used_for("graded")
    notebook = person.read(f"{QUIZ}/{QUIZ}.ipynb")
    with tempfile.TemporaryDirectory() as desk:
        file = Path(desk) / person.name / QUIZ / f"{QUIZ}.ipynb"  # the name of the folder is the person's
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)
        write_answers(file, items, {item.id: right(item) for item in items})
        person.write(f"{QUIZ}/{QUIZ}.ipynb", nbformat.read(file, as_version=4))
    assert path.exists()


def killed(room, pool, people, folder):
    """Kill the hub in the middle of handing in; what a person was told is in has to be there afterwards."""
    told = []

    def one(person):
        try:
            person.submit(QUIZ)
            told.append(person.name)
        except Exception:  # noqa: BLE001  (cut off: the person sees an error and submits again)
            pass

    waiting = [pool.submit(one, person) for person in people]
    while not told:
        time.sleep(0.05)
    os.kill(room.hub, signal.SIGKILL)
    for one_of_them in waiting:
        one_of_them.result()
    room.close()
    with OpenRoom(room.root, folder, "--chapters", "2"):
        time.sleep(5)
    there = {path.name.split("+")[0] for path in folder.glob("exchange/*/inbound/*")}
    print(f"the hub was killed after the first of {len(people)} had submitted: {len(told)} were told that they had, {len(there)} are there, {len(set(told) - there)} lost\n")
    assert not set(told) - there


def family(hub):
    top = psutil.Process(hub)
    return [top, *top.children(recursive=True)]


def memory(hub):
    total = 0
    for process in family(hub):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def processor_seconds(hub):
    total = 0.0
    for process in family(hub):
        try:
            times = process.cpu_times()
            total += times.user + times.system
        except psutil.Error:
            continue
    return total


if __name__ == "__main__":
    main()
