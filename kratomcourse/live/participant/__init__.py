"""What runs in each person's own notebook server: counting answers, messages, hints on errors.

This folder is the only part of `live` that people's servers import, so nothing here may import the rest of it.
"""
