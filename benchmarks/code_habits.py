"""Measure habits of the package's code beside packages of the same field.

    python benchmarks/code_habits.py [FOLDER ...]

Counts, for every package: annotated returns and arguments, lines over 100 columns, documented
public definitions, lengths of functions, and functions over complexity 10 (as ruff counts it).
Without folders it measures the course beside what its environment has: nbclient, MyST-NB,
nbgrader and Jupyter Book.
"""

import argparse
import ast
import importlib.util
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BESIDE = ("nbclient", "myst_nb", "nbgrader", "jupyter_book")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Habits:
    """What one package's source shows; shares in percent."""

    package: str
    functions: int
    returns: float
    arguments: float
    long_lines: float
    documented: float
    median_length: float
    longest: int
    complex_functions: float

    def row(self) -> str:
        return (
            f"| {self.package} | {self.functions:,} | {self.returns:.0f} % | "
            f"{self.arguments:.0f} % | {self.long_lines:.1f} % | {self.documented:.0f} % | "
            f"{self.median_length:.0f} / {self.longest} | {self.complex_functions:.1f} % |"
        )


def definitions(tree: ast.Module) -> Iterator[tuple[Function | ast.ClassDef, bool]]:
    """(definition, whether it is public) of a module, at its top level and in its classes."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            public = not node.name.startswith("_")
            yield node, public
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, Function):
                        yield inner, public and not inner.name.startswith("_")


def share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def complex_in(folder: Path) -> int:
    """Functions whose cyclomatic complexity is over 10."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--exit-zero"),
            *("--select", "C901", "--output-format", "json", "--exclude", "tests", str(folder)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return len(json.loads(done.stdout))


def habits_of(folder: Path) -> Habits:
    """Measures of the Python files below a folder; its tests are left out."""
    files = [
        path
        for path in sorted(folder.rglob("*.py"))
        if "tests" not in path.relative_to(folder).parts
    ]
    texts = [path.read_text(encoding="utf-8") for path in files]
    trees = [ast.parse(text) for text in texts]
    functions = [n for tree in trees for n in ast.walk(tree) if isinstance(n, Function)]
    arguments = [
        argument
        for function in functions
        for argument in [
            *function.args.posonlyargs,
            *function.args.args,
            *function.args.kwonlyargs,
        ]
        if argument.arg not in ("self", "cls")
    ]
    public = [node for tree in trees for node, shown in definitions(tree) if shown]
    lines = [line for text in texts for line in text.splitlines()]
    lengths = [(f.end_lineno or f.lineno) - f.lineno + 1 for f in functions]
    return Habits(
        package=folder.name,
        functions=len(functions),
        returns=share(sum(f.returns is not None for f in functions), len(functions)),
        arguments=share(sum(a.annotation is not None for a in arguments), len(arguments)),
        long_lines=share(sum(len(line) > 100 for line in lines), len(lines)),
        documented=share(sum(ast.get_docstring(node) is not None for node in public), len(public)),
        median_length=statistics.median(lengths),
        longest=max(lengths),
        complex_functions=share(complex_in(folder), len(functions)),
    )


def installed(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed. Fix: run this with the course's environment")
    return Path(spec.origin).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    folders = options.folders or [ROOT / "kratomcourse", *map(installed, BESIDE)]
    print(
        "| package | functions | returns | arguments | lines > 100 | documented | length |", end=""
    )
    print(" complex |\n|---|---|---|---|---|---|---|---|")
    for folder in folders:
        print(habits_of(folder).row(), flush=True)


if __name__ == "__main__":
    main()
