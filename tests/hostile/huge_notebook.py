"""A notebook that is larger than the limit by far; it must not be read in full."""

REFUSED = True


def change(notebook, classroom):
    return b'{"cells": [], "x": "' + b"x" * (12 << 20) + b'"}'
