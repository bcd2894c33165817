"""JSON with a number of a million digits."""

REFUSED = True


def change(notebook, classroom):
    return b'{"cells": [], "nbformat": ' + b"9" * 1_000_000 + b"}"
