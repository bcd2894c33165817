"""A notebook of forty million brackets below the limit of a raw file; it must not be walked to the end."""

REFUSED = True


def place(folder, classroom):
    path = folder / "99-sample.ipynb"
    text = path.read_text()
    at = text.index('"outputs": []') + len('"outputs": [')
    path.write_text(text[:at] + "[" * 40_000_000)
