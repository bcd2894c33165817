"""How many people does a room hold? Real web clients open their notebooks, run cells, validate and
submit, all at once.

    python benchmarks/room.py                 thirty people on this machine; some minutes on two
    quiet cores python benchmarks/room.py --people 10     fewer
    python benchmarks/room.py --kill          the hub is killed while they submit, then all that
    runs in the room is, and each
                                              time every submission is looked for
    python benchmarks/room.py --one           one person alone, in Chromium: from the login to the
    chapter's first cell

Prints a table: seconds a person waits (median, shortest and longest), and the memory of all that
runs in the room. Wall
time depends on what else the machine does, so the load at the start stands above the table, and the
processor seconds a person costs stand below: those carry over to another machine.
"""

import argparse
import contextlib
import io
import os
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import requests

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from hub_clients import OpenRoom
from students import right, write_answers

from kratomcourse.grading.assignment_source.handed_out import as_handed_out
from kratomcourse.quiz import load_banks

QUIZ = "02-pharmacology"
CELLS = [
    "import numpy as np, pandas as pd",
    "import matplotlib.pyplot as plt\nplt.plot(np.arange(9));",
    "from kratomcourse.quiz import QuizHtml\nlen(QuizHtml('02-pharmacology', "
    "'pharm.o1')._repr_html_())",
]


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--people", type=int, default=30)
    options.add_argument(
        "--kill",
        action="store_true",
        help="kill the hub while people submit, then all that runs in the room, and count",
    )
    options.add_argument("--one", action="store_true", help="one person alone, in a browser")
    options.add_argument("--rounds", type=int, default=5, help="of --one")
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="room-") as folder:
        who = (
            f"{options.rounds} people, one after another"
            if options.one
            else f"{options.people} people"
        )
        print(
            f"{who}, {os.cpu_count()} processors, load before: {os.getloadavg()[0]:.1f}\n",
            flush=True,
        )
        (alone if options.one else measure)(Path(folder) / "room", options)


def alone(folder, options):
    """One person after another, each new to the room and with a fresh browser: the seconds from
    sending the login form.
    """
    from playwright.sync_api import sync_playwright

    steps = {"the server answers": [], "the first cell is there": [], "the kernel is ready": []}
    with OpenRoom(ROOT, folder, "--chapters", "2") as room, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        for number in range(1, options.rounds + 1):
            page = browser.new_context().new_page()
            page.set_default_timeout(300_000)
            page.goto(room.base)
            for field, value in (
                ("username", f"person-{number}"),
                ("password", "correct horse"),
                ("invitation", room.invitation),
            ):
                page.fill(f"#{field}_input", value)
            start = time.monotonic()
            page.click("#login_submit", no_wait_after=True)
            page.wait_for_url("**/user/*/lab/**", wait_until="commit")
            steps["the server answers"].append(time.monotonic() - start)
            page.locator(".jp-Notebook .jp-Cell").first.wait_for()
            steps["the first cell is there"].append(time.monotonic() - start)
            page.get_by_text("Kernel status: Idle").first.wait_for(state="attached")
            steps["the kernel is ready"].append(time.monotonic() - start)
            print(
                f"round {number}: "
                f"{', '.join(f'{name} {times[-1]:.1f} s' for name, times in steps.items())}",
                flush=True,
            )
            page.context.close()
            time.sleep(2)
        browser.close()
    print(f"\n{'seconds after the login is sent':32} {'median':>7} {'shortest':>9} {'longest':>8}")
    for name, times in steps.items():
        print(f"{name:32} {statistics.median(times):7.1f} {min(times):9.1f} {max(times):8.1f}")


def measure(folder, options):
    table = []
    with OpenRoom(ROOT, folder, "--chapters", "2") as room:
        leader = room.leader()
        leader.log_in()
        leader.do_step(QUIZ, "release")
        people = [room.client(f"person-{number}") for number in range(1, options.people + 1)]
        with ThreadPoolExecutor(options.people) as pool:
            used = processor_seconds(room.hub)
            table.append(
                ("log in", timed(pool, people, lambda person: must_be_none(person.log_in())))
            )
            table.append(
                ("open the notebooks", timed(pool, people, lambda person: person.open_notebooks()))
            )
            each = (processor_seconds(room.hub) - used) / options.people
            if not options.kill:
                table.append(
                    ("run the first cells", timed(pool, people, lambda person: person.run(CELLS)))
                )
            full = memory(room.hub)
            table.append(("fetch the quiz", timed(pool, people, lambda person: person.fetch(QUIZ))))
            for person in people:
                answer(person, folder)
            if options.kill:
                killed(room, pool, people, folder)
            else:
                table.append(
                    ("validate", timed(pool, people, lambda person: person.validate(QUIZ)))
                )
                table.append(("submit", timed(pool, people, lambda person: person.submit(QUIZ))))
                time.sleep(5)
                rows = leader.page("state").json()["people"]
                assert all(person["submissions"] for person in rows) and len(rows) == options.people
                assert all(person["where"] for person in rows), "the leader sees where everyone is"
                table += new_parts(leader, pool, people)
                start = time.monotonic()
                leader.do_step(QUIZ, "grade")
                table.append(("collect and grade all (leader)", [time.monotonic() - start]))
    print(f"{'all at once':32} {'median':>7} {'shortest':>9} {'longest':>8}   seconds")
    for name, times in table:
        print(f"{name:32} {statistics.median(times):7.1f} {min(times):9.1f} {max(times):8.1f}")
    print(f"\nopening the notebooks takes {each:.1f} processor seconds a person")
    print(
        f"memory of the room with everyone's notebooks open: {full / 2**20:.0f} MB, "
        f"{full / 2**20 / options.people:.0f} MB a person"
    )


def new_parts(leader, pool, people):
    """[(what, seconds)]: the question to the room, the leader's page with progress, the archive."""
    names = re.findall(r'name="item" value="([^"]+)"', leader.page("questions").text)
    leader.post("ask", do="ask", item=names[0]).raise_for_status()
    votes = timed(pool, people, lambda person: person.post("poll", option="0").raise_for_status())
    counted = leader.page("wall-state").json()["poll"]["answers"]
    assert counted == len(people), counted
    looks = []
    for _ in range(5):
        start = time.monotonic()
        leader.page("state").raise_for_status()
        looks.append(time.monotonic() - start)
    start = time.monotonic()
    packed = leader.page("archive")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        there = {name.partition("/")[0] for name in archive.namelist()}
    assert there >= {person.name for person in people}
    archived = time.monotonic() - start
    return [
        ("answer the question to the room", votes),
        ("progress of everyone (leader)", looks),
        ("everybody's work, one archive", [archived]),
    ]


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
    course = next(folder.rglob(".course-secret")).parent
    items = as_handed_out(load_banks()[QUIZ], course).used_for("graded")
    notebook = person.read(f"{QUIZ}/{QUIZ}.ipynb")
    with tempfile.TemporaryDirectory() as desk:
        file = (
            Path(desk) / person.name / QUIZ / f"{QUIZ}.ipynb"
        )  # the name of the folder is the person's
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)
        write_answers(file, items, {item.id: right(item) for item in items})
        person.write(f"{QUIZ}/{QUIZ}.ipynb", nbformat.read(file, as_version=4))
    assert path.exists()


def killed(room, pool, people, folder):
    """Kill what runs in the middle of handing in, twice, and look for every submission. Leaves the
    room open again.

    First the hub alone, as when its memory ran out: people's own servers go on. Then all at once,
    as when the power goes.
    """
    print(
        f"{'killed while people submit':32} {'told it is in':>12} {'of these, there':>16} "
        f"{'no answer':>10} {'there in the end':>15}"
    )
    for what in ("the hub", "all that runs in the room"):
        change(people, what)
        before = everything(folder)
        told, cut_off, halfway = [], [], threading.Semaphore(0)

        def one(person, told=told, cut_off=cut_off, halfway=halfway):
            try:
                person.submit(QUIZ)
                told.append(person)
            except (
                requests.RequestException,
                RuntimeError,
                AssertionError,
            ):  # the person sees an error
                cut_off.append(person)
            halfway.release()

        waiting = [pool.submit(one, person) for person in people]
        for _ in range(len(people) // 3):
            halfway.acquire()
        for process in (
            [psutil.Process(room.hub)] if what == "the hub" else everybody(room.hub, folder)
        ):
            with contextlib.suppress(psutil.Error):
                process.kill()
        for one_of_them in waiting:
            one_of_them.result()
        room.close()
        room.__enter__()
        people_told, people_cut_off = list(told), list(cut_off)
        settle(folder)
        arrived = Counter(name.split("+")[0] for name in everything(folder) - before)
        for person in people_cut_off:  # whoever got no answer comes in again and hands in again
            must_be_none(person.log_in())
            person.open_notebooks()
            person.submit(QUIZ)
        settle(folder)
        after = everything(folder) - before
        lost = [
            person.name
            for person in people
            if not any(name.startswith(person.name + "+") for name in after)
        ]
        doubled = [person.name for person in people_told if arrived[person.name] != 1]
        newest = {
            name.split("+")[0]: name
            for name in sorted(after, key=lambda name: name.rsplit("+", 3)[2])
        }
        changed = [
            person.name
            for person in people
            if person.name in newest
            and work_in(folder, newest[person.name]) != at_home(folder, person.name)
        ]
        there_once = sum(arrived[person.name] == 1 for person in people_told)
        print(
            f"{what:32} {len(people_told):12} {there_once:16} {len(people_cut_off):10}"
            f" {len(people) - len(lost):15}",
            flush=True,
        )
        assert not lost and not doubled and not changed, (lost, doubled, changed)
    print()


def change(people, words):
    """Something new in everybody's notebook, so that what arrives can be told from what was
    there.
    """
    for person in people:
        notebook = person.read(f"{QUIZ}/{QUIZ}.ipynb")
        notebook.cells.append(
            nbformat.v4.new_markdown_cell(f"{person.name} before the end of {words}")
        )
        person.write(f"{QUIZ}/{QUIZ}.ipynb", notebook)


def everything(folder):
    """Names of all that was handed in, relayed or not, complete or not."""
    return {
        path.name
        for place in ("exchange/*/inbound/*", "post/*/inbound/*")
        for path in folder.glob(place)
    }


def settle(folder, patience=60):
    """Wait until every submission has reached the exchange."""
    until = time.monotonic() + patience
    while time.monotonic() < until and any(folder.glob("post/*/inbound/*/submission_secret.txt")):
        time.sleep(0.5)
    time.sleep(3)


def work_in(folder, name):
    [path] = folder.glob(f"exchange/*/inbound/{name}/{QUIZ}.ipynb")
    return path.read_bytes()


def at_home(folder, person):
    return (folder / "homes" / person / QUIZ / f"{QUIZ}.ipynb").read_bytes()


def family(hub):
    top = psutil.Process(hub)
    return [top, *top.children(recursive=True)]


def everybody(hub, folder):
    """The family, and servers that outlived an earlier hub: the command line of their sandbox names
    the room's folder.
    """
    family_of_hub = family(hub)
    others = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if (
                process.name() == "bwrap"
                and any(str(folder) in word for word in process.cmdline())
                and process not in family_of_hub
            ):
                others.append(process)
    return family_of_hub + others


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
