"""More cells than anybody writes."""

REFUSED = True


def change(notebook, classroom):
    return b'{"nbformat": 4, "cells": [' + b"{}," * 300_000 + b"{}]}"
