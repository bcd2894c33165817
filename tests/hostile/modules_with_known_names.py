"""Modules beside the notebook with the names of those that the grader imports."""

CELL = "import json, IPython, numpy, kratomcourse"


def place(folder, classroom):
    for name in ("json", "IPython", "numpy", "nbgrader", "kratomcourse", "sitecustomize", "inside", "traceback", "signal"):
        (folder / f"{name}.py").write_text("import os\nprint('SHADOWED')\nos._exit(0)\n")
