"""Hundreds of cells, each below the limit of one reply: output is counted over the whole submission."""

EXPECT = "printed more than .* KB in all|ran longer than"


def change(notebook, classroom):
    loud = "import sys\nsys.stdout.capture.left = 1 << 40\nprint('x' * 1_300_000)"
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    notebook["cells"][1:1] = [cell | {"source": loud} for _ in range(400)]
    return notebook
