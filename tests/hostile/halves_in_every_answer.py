"""Halves of characters in every answer, as strings, list entries, names and keys, computed and literal."""

CELL = r"""
half = chr(0xD800)
"""


def change(notebook, classroom):
    for cell in notebook["cells"]:
        role = cell["metadata"].get("nbgrader", {})
        if role.get("solution") and cell["cell_type"] == "code" and "def " not in cell["source"]:
            name = cell["source"].split("\n")[1].split(" =")[0]
            cell["source"] = f"{name} = [half, {{half: half}}, (half,), half * 3, {{half}}]"
    return notebook
