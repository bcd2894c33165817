"""Two thousand cells, each below the limit of one reply: output is counted over the whole submission."""

EXPECT = "printed more than .* KB in all|ran longer than"
CELL = """
import json, os, socket
channel = next(
    socket.socket(fileno=os.dup(int(n))) for n in os.listdir("/proc/self/fd")
    if os.path.exists(f"/proc/self/fd/{n}") and os.readlink(f"/proc/self/fd/{n}").startswith("socket:")
)
"""


def change(notebook, classroom):
    loud = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [],
            "source": "import __main__, sys\nframe = sys._getframe()\nwhile frame is not None:\n    for value in list(frame.f_locals.values()):\n        if type(value).__name__ == 'Capture': value.left = 1 << 40\n    frame = frame.f_back\nprint('x' * 1_300_000)"}
    notebook["cells"][1:1] = [dict(loud) for _ in range(400)]
    return notebook
