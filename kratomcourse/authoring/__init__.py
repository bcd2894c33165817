"""Comfort for whoever writes questions: a new item to fill in, and the quiz in a browser while the bank is edited."""
