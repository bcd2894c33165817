"""Points of every check raised to a thousand in the metadata."""

EXPECT = "points of .* were changed"


def change(notebook, classroom):
    for cell in notebook["cells"]:
        if "points" in cell["metadata"].get("nbgrader", {}):
            cell["metadata"]["nbgrader"]["points"] = 1000
    return notebook
