"""Half characters, NULs and control characters in every text; they cannot be written to a file as they are."""

from classroom import own_cell


def change(notebook, classroom):
    notebook["cells"].insert(0, own_cell("# \ud800 \udfff \x00 \u202e\nprint('\ud800\x00')"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] += "\n# \ud83d \x07"
    return notebook
