"""Each cell three times, with other contents and the same id; this ended the stock grader's run."""

import copy

EXPECT = "more than once"


def change(notebook, classroom):
    doubled = []
    for cell in notebook["cells"]:
        for number in range(3):
            twin = copy.deepcopy(cell)
            twin["id"] = "the-same"
            if twin["metadata"].get("nbgrader", {}).get("grade"):
                twin["source"] = f"{number}.0"
            doubled.append(twin)
    notebook["cells"] = doubled
    return notebook
