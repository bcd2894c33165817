"""Checks replaced by their own result: 4.0."""

EXPECT = "was changed"


def change(notebook, classroom):
    for cell in notebook["cells"]:
        role = cell["metadata"].get("nbgrader", {})
        if role.get("grade") and not role.get("solution"):
            cell["source"] = "4.0"
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "4.0"}, "metadata": {}, "execution_count": 1}]
    return notebook
