"""A control group for each submission: limits on a fake tree, and a real group where one may be
made.
"""

import os
import shutil
import time

import pytest
from conftest import required

from kratomcourse.grading.sandbox import cgroup
from kratomcourse.grading.sandbox.bwrap import unavailable_reason
from kratomcourse.grading.sandbox.cgroup import Accounting, find_parent, new_group
from kratomcourse.grading.sandbox.limits import Limits
from kratomcourse.grading.sandbox.session import Sandbox, SessionEnded

MOUNTINFO = """\
22 1 0:20 / / rw - ext4 /dev/vda rw
35 22 0:30 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
36 22 0:31 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree like /sys/fs/cgroup; its files are ordinary ones, so removing a group leaves it
    there.
    """
    monkeypatch.setattr(cgroup, "EMPTYING_SECONDS", 0.0)
    make(tmp_path, "memory pids cpu io", "", [])
    return tmp_path


def make(folder, controllers, passed_on, pids):
    folder.mkdir(exist_ok=True)
    (folder / "cgroup.controllers").write_text(controllers)
    (folder / "cgroup.subtree_control").write_text(passed_on)
    (folder / "cgroup.procs").write_text("\n".join(map(str, pids)))
    return folder


def test_the_mount_and_the_own_group_are_read_from_proc():
    assert str(cgroup.mounted_at(MOUNTINFO)) == "/sys/fs/cgroup/unified"
    assert cgroup.mounted_at("22 1 0:20 / / rw - ext4 /dev/vda rw") is None
    assert cgroup.own_path("4:memory:/x\n0::/user.slice/a.scope\n") == "/user.slice/a.scope"
    assert cgroup.own_path("4:memory:/x\n") is None


def test_a_delegated_group_is_used_and_the_grader_moves_out_of_the_way(tree):
    scope = make(tree / "run.scope", "memory pids", "", [os.getpid()])
    found = find_parent(tree, "/run.scope")
    assert found.parent == scope and found.controllers == {"memory", "pids"} and not found.why
    assert (scope / cgroup.LEAF / "cgroup.procs").read_text() == str(os.getpid())
    assert (scope / "cgroup.subtree_control").read_text() == "+memory +pids"
    again = find_parent(tree, f"/run.scope/{cgroup.LEAF}")  # as a worker process finds itself
    assert again.parent == scope
    assert (
        found.line == "a cgroup for each submission counted memory and swap,"
        " processes and processor time"
    )


def test_limits_are_written_with_swap_and_the_whole_group_ends_when_memory_does(tree):
    scope = make(tree / "run.scope", "memory pids cpu", "memory pids cpu", [])
    group = new_group(find_parent(tree, "/run.scope"), Limits(memory_mb=100, processes=7))
    said = {path.name: path.read_text() for path in group.folder.iterdir()}
    limit = 100 + Limits().disk_mb + cgroup.SLACK_MB
    assert said == {
        "memory.max": str(limit << 20),
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "7",
    }
    group.add(4711)
    assert (group.folder / "cgroup.procs").read_text() == "4711" and group.folder.parent == scope
    (group.folder / "memory.events").write_text("low 0\noom 3\noom_kill 3\n")
    assert group.violation() == "more than 100 MB of memory in all its processes"
    (group.folder / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    assert group.cpu_seconds() == 2.5
    group.remove()
    assert (group.folder / "cgroup.kill").read_text() == "1"


def test_without_a_memory_controller_the_report_says_what_was_counted_how(tree):
    make(tree, "hugetlb", "", [1, 2, os.getpid()])
    found = find_parent(tree, "/")
    assert found.parent == tree and found.controllers == frozenset()
    assert found.line == (
        "a cgroup for each submission counted processor time; memory and swap and processes were"
        " counted in /proc: the cgroup has no controller for memory and pids"
    )


def test_where_no_group_may_be_made_the_reason_is_in_the_report(tree, monkeypatch):
    scope = make(tree / "session.scope", "memory pids", "", [os.getpid(), 999_999])
    (tree / "cgroup.controllers").unlink()
    found = find_parent(tree, "/session.scope")
    assert found.parent is None and found.why == "other processes are in this cgroup"
    assert not (scope / cgroup.LEAF).exists()
    assert find_parent(tree, "/gone").why == "the cgroup of this process is not visible here"
    assert find_parent(tree, "/../x").parent is None

    def refused(*arguments):
        raise PermissionError

    monkeypatch.setattr(cgroup, "try_group", refused)
    found = find_parent(tree, "/session.scope")
    assert new_group(found, Limits()) is None
    assert found.line.startswith("memory, processes and processor time were counted in /proc: ")


def test_groups_of_a_run_that_was_killed_are_removed(tree):
    gone = tree / f"{cgroup.PREFIX}99999999-ab"
    kept = tree / f"{cgroup.PREFIX}{os.getpid()}-ab"
    gone.mkdir()
    kept.mkdir()
    cgroup.sweep(tree)
    assert kept.exists() and (gone / "cgroup.kill").read_text() == "1"


def test_a_real_group_counts_all_processes_and_is_gone_afterwards():
    required(shutil.which("bwrap") and not unavailable_reason(), "bubblewrap")
    found = cgroup.accounting()
    if found.parent is None:
        pytest.skip(found.line)
    with Sandbox(Limits(memory_mb=300)) as sandbox:
        session = sandbox.start()
        folder = session.group.folder
        session.run(
            "import os\nif os.fork() == 0:\n    if os.fork() == 0:\n"
            "        sum(range(60_000_000)); os._exit(0)\n    os._exit(0)\nos.wait()"
        )
        until = time.monotonic() + 60
        while session.group.cpu_seconds() < 0.3 and time.monotonic() < until:
            time.sleep(0.1)
        assert session.group.cpu_seconds() >= 0.3 and session.used()[1] >= 0.3
        session.end()
        assert not folder.exists()
        session = sandbox.start()
        assert session.group.folder != folder
        if "memory" in found.controllers:
            with pytest.raises(SessionEnded, match="memory"):
                session.run("import socket\nkept = [bytearray(1 << 20) for _ in range(5000)]")
                session.run("1")
        session.end()
    assert not list(found.parent.glob(f"{cgroup.PREFIX}{os.getpid()}-*"))


def test_the_summary_says_how_a_run_counted():
    from kratomcourse.grading.autograde.records import GradingReport
    from kratomcourse.grading.autograde.summary import report_lines

    report = GradingReport("02-x", 5, "bubblewrap", accounting=Accounting(why="none").line)
    assert any("were counted in /proc: none" in line for line in report_lines(report))
