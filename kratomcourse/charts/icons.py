"""Icon arrays: people as dots, so that a risk is a count of people before it is a percentage."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection

from .style import Look


def draw_icons(
    ax: Axes,
    look: Look,
    groups: Sequence[tuple[float, str, bool]],
    total: int = 100,
    per_row: int = 10,
) -> None:
    """Draw `total` people as dots, grouped and not scattered, because grouped ones are counted more
    easily.

    groups  : [(count, colour, filled)] in the order drawn, from the top left; the rest are empty
              rings
    total   : people in all; one denominator for every array that is compared
    per_row : dots in a row
    raises  : ValueError where the groups hold more people than there are, or a count is not whole
    """
    counts = [count for count, _, _ in groups]
    if any(count < 0 or count != int(count) for count in counts) or sum(counts) > total:
        raise ValueError(
            f"groups of {counts} do not fit into {total} people; give whole counts that add "
            "up to at most the total"
        )
    start = 0
    for count, colour, filled in [*groups, (total - sum(counts), look.muted, False)]:
        places = [
            (number % per_row, -(number // per_row)) for number in range(start, start + int(count))
        ]
        start += int(count)
        # A filled dot is larger as well, so that colour is not the only signal.
        size = 0.84 if filled else 0.6
        if places:
            # One shape repeated, so that a thousand dots stay a small picture.
            ax.add_collection(
                EllipseCollection(
                    [size],
                    [size],
                    [0],
                    units="x",
                    offsets=places,
                    offset_transform=ax.transData,
                    facecolor=colour if filled else "none",
                    edgecolor=colour,
                    linewidth=0.8,
                )
            )
    ax.set(xlim=(-0.7, per_row - 0.3), ylim=(-((total - 1) // per_row) - 0.7, 0.7), aspect="equal")
    ax.axis("off")
