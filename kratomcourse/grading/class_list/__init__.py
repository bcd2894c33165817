"""The class: who is in it, extensions, the state of assignments, anonymous marking, regrades."""
