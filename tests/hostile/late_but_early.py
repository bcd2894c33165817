"""Handed in long after everybody, with a time before the quiz was made and another one in its metadata."""

REFUSED = True


def change(notebook, classroom):
    notebook["metadata"]["nbgrader"] = {"timestamp": "0001-01-01 00:00:00 +1400", "score": 26, "max_score": 26}
    return notebook


def place(folder, classroom):
    (folder / "timestamp.txt").write_text("0001-01-01 00:00:00 +1400")
