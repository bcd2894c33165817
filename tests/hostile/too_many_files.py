"""A thousand files beside the notebook."""

REFUSED = True


def place(folder, classroom):
    for number in range(1000):
        (folder / f"note-{number}.txt").write_text("x")
