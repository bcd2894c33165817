"""Written answers turned into checks and checks into answers, types exchanged, tasks invented."""

def change(notebook, classroom):
    for cell in notebook["cells"]:
        role = cell["metadata"].get("nbgrader")
        if role and role["grade"]:
            role |= {"solution": not role["solution"], "task": True, "locked": False, "points": -5, "schema_version": 99}
            cell["cell_type"] = "code" if cell["cell_type"] == "markdown" else "markdown"
            cell["outputs"] = []
    return notebook
