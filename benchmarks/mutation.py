"""Put small faults into the package, one at a time, and see whether its tests notice.

    python benchmarks/mutation.py --each 30 --seed 1        # all five areas; long
    python benchmarks/mutation.py --area marking --each 60

A fault swaps a comparison, an operator or a boolean, moves a number by one, drops a statement or a
result, or turns a condition round. Faults are drawn at random over the functions of an area. Each
is tried in a copy of the course, in a fork of a process that has numpy, pandas and the like
already, with the area's own tests. Survivors are printed with their line, to be read by a person.

Left out is what changes nothing that the course promises: docstrings, annotations and decorators
(the size of a cache), the words of errors and of the log, how long something waits, and `strict` of
zip, which only asserts what its writer knows.
"""

import argparse
import ast
import copy
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
Change = Callable[[Any], object]  # changes a node in place
LIMIT = 1200  # seconds for the tests of a whole course
SLOWER = 4  # times as long may a faulty one take; a fault that never ends is noticed
PRELOADED = (
    *("numpy", "pandas", "matplotlib.figure", "nbformat", "yaml", "pydantic", "lxml.html"),
    *("pytest", "hypothesis", "pybtex.database", "nbgrader.api", "tinycss2", "fontTools.ttLib"),
)


@dataclass(frozen=True)
class Area:
    """Modules, as patterns below the package, and the tests that are to notice their faults: files
    of tests/, or one test of a file behind `::`.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    marks: str = "not long and not browser and not site"


# Of the tests of grading those of one submission; the sandbox and a whole class take minutes.
GRADING = (
    "test_only_plain_literals_are_read_off_the_page",
    "test_literal_answers_need_no_kernel_and_get_the_same_marks",
    "test_the_instructors_cells_are_laid_over_and_own_cells_stay_where_they_stood",
    "test_grade_marks_once_reports_and_goes_on_with_what_is_new",
    "test_marks_that_a_person_gave_stay",
    "test_a_dry_run_writes_nothing",
    "test_late_work_is_counted",
    "test_a_mistake_on_the_command_line_is_named_with_the_mend",
    "test_a_bank_that_changed_since_the_quiz_was_made_stops_the_run",
    "test_a_test_cell_without_a_bank_item_runs_inside_is_reported_and_can_be_forbidden",
    "test_a_second_run_says_so_and_stops",
    "test_plain_autograde_refuses_a_link_and_marks_the_others",
)
AREAS = {
    "marking": Area(
        ("quiz/marking.py", "quiz/responses.py", "quiz/order.py", "quiz/variants.py"),
        ("variants", "bank", "release_order", "quantities"),
    ),
    "evidence": Area(
        ("evidence/*.py", "quiz/formulas.py", "quiz/quantities.py"),
        (
            *("evidence", "history", "actions", "quantities", "first_aid", "law_sources"),
            *("checks", "perturbation"),
        ),
        marks="not long and not slow",
    ),
    "exporters": Area(
        ("exports/formats/*.py", "exports/grades.py"), ("exports", "outlets", "cartridge")
    ),
    "grading": Area(
        ("grading/autograde/*.py", "grading/collect/*.py"),
        (
            *("grading_boundary", "grading_steps", "collect", "messages"),
            "class::test_late_policies_take_off_what_they_say",
            "small_class::test_a_sandbox_starts_early_only_where_one_process_grades",
            "small_class::test_the_light_package_finds_every_submodule_and_runs_the_real_one_when_asked",
            *(f"grading::{test}" for test in GRADING),
        ),
    ),
    # With the small course, built anew for each fault.
    "postprocess": Area(
        ("site/postprocess/*.py",),
        (
            *("postprocess", "light", "search", "actions", "refused", "page_metadata"),
            "languages::test_left_and_right_change_places_for_a_language_that_is_read_from_right_to_left",
            "downloads::test_make_book_links_what_it_made_from_every_page",
        ),
    ),
}
# Fails on a busy machine, where a cluster does not start in time; then it notices what is no fault.
FRAGILE = "tests/test_grading_boundary.py::test_a_worker_that_dies_is_one_failed_row"
LOGS = ("log", "logger", "logging")
COMPARE = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


@dataclass(frozen=True)
class Fault:
    """One change of one module."""

    module: str
    line: int
    what: str
    build: Callable[[], str]  # the module's source with the fault


def faults_of(module: Path) -> Iterator[Fault]:
    """Every fault of one module, but for what is left out."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    name = module.relative_to(ROOT).as_posix()
    skipped = {
        inner for node in ast.walk(tree) for left in left_out(node) for inner in ast.walk(left)
    }
    places = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if node not in skipped
    ]
    for node in dict.fromkeys(places):
        for what, change in changes(node):
            yield Fault(name, node.lineno, what, partial(with_change, tree, node, change))


def left_out(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a node whose faults change nothing that the course promises."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from node.decorator_list
            arguments = [*node.args.args, *node.args.kwonlyargs]
            yield from filter(None, (argument.annotation for argument in arguments))
            yield from filter(None, (node.returns,))
        case ast.Expr(value=ast.Constant()) | ast.Raise():
            yield node
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=logger))) if named(logger) in LOGS:
            yield node
        case ast.Call() if named(node.func) == "Diagnostic":
            yield node
        case ast.Call():
            yield from node.args if named(node.func) == "sleep" else ()
            for keyword in node.keywords:
                asserts = keyword.arg == "strict" and named(node.func) == "zip"
                if asserts or keyword.arg == "timeout":
                    yield keyword


def named(node: ast.AST) -> str:
    """The last name of a name or an attribute; empty for anything else."""
    return str(getattr(node, "id", getattr(node, "attr", "")))


def with_change(tree: ast.Module, node: ast.AST, change: Change) -> str:
    """The source of a module in which the twin of one node is changed."""
    twin = copy.deepcopy(tree)
    change(dict(zip(ast.walk(tree), ast.walk(twin), strict=True))[node])
    return ast.unparse(ast.fix_missing_locations(twin))


def changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """(what is changed, function that changes the twin of the node)."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARE:
        other = COMPARE[type(node.ops[0])]
        yield (
            f"{type(node.ops[0]).__name__} -> {other.__name__}",
            lambda twin: twin.ops.__setitem__(0, other()),
        )
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"boolean -> {other.__name__}", lambda twin: setattr(twin, "op", other())
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        other = ARITHMETIC[type(node.op)]
        yield (
            f"{type(node.op).__name__} -> {other.__name__}",
            lambda twin: setattr(twin, "op", other()),
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield (
            f"{node.value} -> {not node.value}",
            lambda twin: setattr(twin, "value", not twin.value),
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield (
            f"{node.value} -> {node.value + 1}",
            lambda twin: setattr(twin, "value", twin.value + 1),
        )
    if isinstance(node, ast.If):
        yield (
            "condition turned round",
            lambda twin: setattr(twin, "test", ast.UnaryOp(ast.Not(), twin.test)),
        )
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "statement dropped", lambda twin: setattr(twin, "value", ast.Constant(None))
    if isinstance(node, ast.Return) and node.value and not isinstance(node.value, ast.Constant):
        yield "returns None", lambda twin: setattr(twin, "value", ast.Constant(None))


def drawn(area: Area, each: int, seed: int) -> list[Fault]:
    """`each` faults of an area at random, at most one a line."""
    modules = sorted(
        path for pattern in area.modules for path in (ROOT / "kratomcourse").glob(pattern)
    )
    found = {}
    for module in modules:
        for fault in faults_of(module):
            found.setdefault((fault.module, fault.line, fault.what), fault)
    names = sorted(found)
    random.Random(seed).shuffle(names)
    lines: dict[tuple[str, int], Fault] = {}
    for name in names:
        lines.setdefault(name[:2], found[name])
    return list(lines.values())[:each]


def copy_of_course(folder: Path) -> Path:
    """The course without what builds made; the environment is shared."""
    root = folder / "course"
    ignored = shutil.ignore_patterns(
        "_build", ".venv", ".git", "node_modules", "__pycache__", ".pytest_cache", ".mypy_cache"
    )
    shutil.copytree(ROOT, root, ignore=ignored, symlinks=True)
    return root


def needs_fixtures(item: Any) -> bool:
    """Whether a test waits for something of the course's to be set up."""
    own = getattr(item, "callspec", None)
    parameters = set(own.params) if own else set()
    return bool({*item.fixturenames} - {"tmp_path", "monkeypatch", "request"} - parameters)


class FirstFailure:
    """A plugin of pytest that writes down which test noticed the fault."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=needs_fixtures)  # those that set nothing up come first

    def pytest_collectreport(self, report: Any) -> None:
        self.pytest_runtest_logreport(report)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.place.exists():
            self.place.write_text(report.nodeid, encoding="utf-8")


def outcome(root: Path, area: Area, limit: float = LIMIT) -> str:
    """What the tests of an area say of the course at `root`: the test that failed first, empty
    where none did.

    limit : seconds
    """
    place = root.with_name("failure.txt")
    place.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        os.setsid()
        os.chdir(root)
        sys.path.insert(0, str(root))
        os.environ |= {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        import pytest

        tests = [name.partition("::") for name in area.tests]
        files = [f"tests/test_{name}.py{colons}{test}" for name, colons, test in tests]
        arguments = ["-x", "-q", "-m", area.marks, "-p", "no:cacheprovider", "--deselect", FRAGILE]
        os._exit(int(pytest.main([*arguments, *files], plugins=[FirstFailure(place)])))
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if os.waitstatus_to_exitcode(status) == 0:
                return ""
            return place.read_text(encoding="utf-8") if place.exists() else "pytest itself"
        time.sleep(0.2)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "no end within the limit"


def tried(fault: Fault, root: Path, area: Area, limit: float) -> str:
    path = root / fault.module
    whole = path.read_bytes()
    path.write_text(fault.build(), encoding="utf-8")
    try:
        return outcome(root, area, limit)
    finally:
        path.write_bytes(whole)


def run(name: str, each: int, seed: int, workers: int) -> dict[str, object]:
    """Try the faults of one area; prints each survivor as it is found."""
    area = AREAS[name]
    faults = drawn(area, each, seed)
    with tempfile.TemporaryDirectory() as folder:
        roots = [copy_of_course(Path(folder) / str(number)) for number in range(workers)]
        start = time.monotonic()
        if failed := outcome(roots[0], area):
            sys.exit(f"{name}: {failed} fails without a fault. Fix: run it first")
        limit = SLOWER * (time.monotonic() - start) + 30

        def work(share: int) -> list[tuple[str, str]]:
            done = []
            for fault in faults[share::workers]:
                told = f"{fault.module}:{fault.line} {fault.what}"
                done.append((told, tried(fault, roots[share], area, limit)))
                if not done[-1][1]:
                    print(f"  survived {told}", flush=True)
            return done

        with ThreadPoolExecutor(workers) as pool:
            results = dict(pair for part in pool.map(work, range(workers)) for pair in part)
    killed = sum(map(bool, results.values()))
    print(f"{name}: {killed} of {len(results)} killed", flush=True)
    return {"area": name, "faults": len(results), "killed": killed, "noticed by": results}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--area", choices=AREAS, action="append", help="default: all five")
    parser.add_argument("--each", type=int, default=30, help="faults of an area")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    options = parser.parse_args()
    for module in PRELOADED:
        __import__(module)
    results = [
        run(name, options.each, options.seed, options.workers) for name in options.area or AREAS
    ]
    if options.out:
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
