"""A hundred thousand levels of JSON."""

REFUSED = True


def change(notebook, classroom):
    return b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
