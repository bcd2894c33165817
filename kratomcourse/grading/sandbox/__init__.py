"""Runs untrusted code in bubblewrap; knows nothing of notebooks, points or the bank."""
