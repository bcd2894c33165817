"""Ids of cells with line ends and commands to the terminal, to write its own line into the report."""

from classroom import own_cell

EXPECT = r"unknown id 'x\?  blocked"


def change(notebook, classroom):
    forged = own_cell("1")
    forged["metadata"] = {"nbgrader": {"grade_id": "x\n  blocked            0\x1b[2J\x1b]0;title\x07\u202e", "solution": True, "grade": False, "locked": False}}
    notebook["cells"].append(forged)
    return notebook
