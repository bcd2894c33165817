"""Half of a character as the answer to a choice: it is a literal, but no file can hold it."""


def change(notebook, classroom):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "sample-one-answer":
            cell["source"] = 'answer_one = "\\ud800"'
    return notebook
