"""All checks deleted; a cell without a check would count as full marks."""

EXPECT = "was missing and was restored"


def change(notebook, classroom):
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
    return notebook
