"""Literal answers that are code, for a grader that evaluates or formats what it is given."""


def change(notebook, classroom):
    code = "__import__('os').system('touch /tmp/evil') or 'a'"
    for cell in notebook["cells"]:
        role = cell["metadata"].get("nbgrader", {})
        if role.get("solution") and cell["cell_type"] == "code" and "def " not in cell["source"]:
            name = cell["source"].split("\n")[1].split(" =")[0]
            cell["source"] = f"{name} = {code!r}"
    return notebook
