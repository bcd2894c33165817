"""Thirty megabytes of saved output, and then a cell that is cut off in the middle of its outputs."""

REFUSED = True


def place(folder, classroom):
    path = folder / "99-sample.ipynb"
    text = path.read_text()
    at = text.index('"outputs": []') + len('"outputs": [')
    path.write_text(text[:at] + '{"text": "' + "x" * 30_000_000)
