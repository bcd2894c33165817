"""Put small faults into the package, one at a time, and see whether its tests notice.

    python benchmarks/mutation.py --each 30 --seed 1        # all five areas; long
    python benchmarks/mutation.py --area marking --each 60

A fault swaps a comparison, an operator or a boolean, moves a number by one, empties a text, drops
a statement, or turns a condition round. Faults are drawn at random over the functions of an area.
Each is tried in a copy of the course, in a fork of a process that has numpy, pandas and the like
already, with the area's own tests. Survivors are printed with their line, to be read by a person.
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
LIMIT = 600  # seconds for the tests of one fault; a fault that never ends is noticed
PRELOADED = ("numpy", "pandas", "matplotlib.figure", "nbformat", "yaml", "pydantic", "lxml.html")


@dataclass(frozen=True)
class Area:
    """Modules, as patterns below the package, and the tests that are to notice their faults."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    marks: str = "not long and not slow"


AREAS = {
    "marking": Area(
        ("quiz/marking.py", "quiz/responses.py", "quiz/order.py", "quiz/variants.py"),
        ("bank", "items", "release_order", "variants", "exports", "grading_boundary"),
        marks="not long and not browser and not site",
    ),
    "evidence": Area(
        ("evidence/*.py", "quiz/formulas.py", "quiz/quantities.py"),
        ("evidence", "quantities", "checks", "history", "first_aid", "perturbation", "law_sources"),
    ),
    "exporters": Area(
        ("exports/formats/*.py", "exports/grades.py"),
        ("exports", "outlets"),
        marks="not long and not browser and not site",
    ),
    "grading": Area(
        ("grading/autograde/*.py", "grading/collect/*.py"),
        ("grading_boundary", "collect", "report", "grading"),
        marks="not long and not browser and not site",
    ),
    "postprocess": Area(
        ("site/postprocess/*.py",), ("postprocess", "light", "languages", "page_metadata")
    ),
}
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
    """Every fault of one module; docstrings, annotations and messages of errors are left alone."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    name = module.relative_to(ROOT).as_posix()
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            skipped |= set(ast.walk(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for argument in [*node.args.args, *node.args.kwonlyargs]:
                if argument.annotation:
                    skipped |= set(ast.walk(argument.annotation))
            if node.returns:
                skipped |= set(ast.walk(node.returns))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Diagnostic":
            skipped |= set(ast.walk(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
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


def outcome(root: Path, area: Area) -> str:
    """`killed`, `survived` or `timeout`: what the tests of an area say of the course at `root`."""
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

        files = [f"tests/test_{name}.py" for name in area.tests]
        arguments = ["-x", "-q", "-m", area.marks, "-p", "no:cacheprovider"]
        os._exit(int(pytest.main([*arguments, *files])))
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.2)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def tried(fault: Fault, root: Path, area: Area) -> str:
    path = root / fault.module
    whole = path.read_bytes()
    path.write_text(fault.build(), encoding="utf-8")
    try:
        return outcome(root, area)
    finally:
        path.write_bytes(whole)


def run(name: str, each: int, seed: int, workers: int) -> dict[str, object]:
    """Try the faults of one area; prints each survivor as it is found."""
    area = AREAS[name]
    faults = drawn(area, each, seed)
    with tempfile.TemporaryDirectory() as folder:
        roots = [copy_of_course(Path(folder) / str(number)) for number in range(workers)]
        if outcome(roots[0], area) != "survived":
            sys.exit(f"{name}: its tests fail without a fault. Fix: run them first")

        def work(share: int) -> list[tuple[Fault, str]]:
            return [(f, tried(f, roots[share], area)) for f in faults[share::workers]]

        with ThreadPoolExecutor(workers) as pool:
            results = [pair for part in pool.map(work, range(workers)) for pair in part]
    survivors = [fault for fault, said in results if said == "survived"]
    for fault in survivors:
        print(f"  survived {fault.module}:{fault.line} {fault.what}", flush=True)
    killed = len(results) - len(survivors)
    print(f"{name}: {killed} of {len(results)} killed", flush=True)
    return {
        "area": name,
        "faults": len(results),
        "killed": killed,
        "survivors": [f"{f.module}:{f.line} {f.what}" for f in survivors],
    }


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
