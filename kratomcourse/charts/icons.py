"""Icon arrays: people as dots, so that a risk is a count of people before it is a percentage."""

from matplotlib.patches import Circle


def draw_icons(ax, look, groups, total=100, per_row=10):
    """Draw `total` people as dots, grouped and not scattered, because grouped ones are counted more easily.

    groups  : [(count, colour, filled)] in the order drawn, from the top left; the rest are empty rings
    total   : people in all; one denominator for every array that is compared
    per_row : dots in a row
    raises  : ValueError where the groups hold more people than there are, or a count is not whole
    """
    counts = [count for count, _, _ in groups]
    if any(count < 0 or count != int(count) for count in counts) or sum(counts) > total:
        raise ValueError(f"groups of {counts} do not fit into {total} people; give whole counts that add up to at most the total")
    styles = [(colour, filled) for count, colour, filled in groups for _ in range(int(count))]
    styles += [(look.muted, False)] * (total - len(styles))
    for number, (colour, filled) in enumerate(styles):
        row, column = divmod(number, per_row)
        # A filled dot is larger as well, so that colour is not the only signal.
        ax.add_patch(Circle((column, -row), 0.42 if filled else 0.3, facecolor=colour if filled else "none", edgecolor=colour, linewidth=0.8))
    ax.set(xlim=(-0.7, per_row - 0.3), ylim=(-(total - 1) // per_row - 0.7, 0.7), aspect="equal")
    ax.axis("off")
