"""Answers that look like literals and are made to bring down whoever reads them without a kernel."""

from classroom import cell_of


def change(notebook, classroom):
    bombs = ["-" * 3900 + "1", "(" * 1900 + ")" * 1900, "[" * 150 + "]" * 150, "9" * 3900, "1" + "*9" * 1900, "not " * 900 + "1", "1/0", "{[]: 1}", "{{}}", "x.y" + ".y" * 1200]
    names = [cell["metadata"]["nbgrader"]["grade_id"] for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code"]
    for name, bomb in zip(names, bombs):
        variable = "answer_" + name.removeprefix("sample-").removesuffix("-answer").replace("-", "_")
        cell_of(notebook, name)["source"] = f"{variable} = {bomb}"
    cell_of(notebook, names[-1])["source"] = f"{variable} = {bombs[0]}\n{variable} = {bombs[-1]}"
    return notebook
