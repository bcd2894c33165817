"""What runs in each person's own notebook server: counting answers, messages, hints on errors.

People's servers import no other part of `live`, so nothing here may import the rest of it.
"""
