"""Tools for authors of questions: a template for a new item, and a live preview of a bank."""
