"""Metadata of every wrong type: lists for names, numbers for text, null for tables."""

def change(notebook, classroom):
    notebook["metadata"] = None
    for number, cell in enumerate(notebook["cells"]):
        if not cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["metadata"] = [None, 7, "x", {"nbgrader": None}, {"nbgrader": {"grade_id": ["a"], "points": "many"}}, {"nbgrader": {"grade_id": {"a": 1}}}][number % 6]
    notebook["cells"] += [None, 7, "cell", [], {"cell_type": "code"}, {"cell_type": ["code"], "source": 5}, {"cell_type": "raw", "source": ["x"], "metadata": {}}]
    return notebook
