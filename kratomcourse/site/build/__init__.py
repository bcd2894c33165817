"""Runs Jupyter Book with chapters executed beside it, and knows what makes an output old."""
