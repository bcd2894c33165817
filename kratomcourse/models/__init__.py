"""Arithmetic on numpy arrays, nothing else: receptors, pharmacokinetics, interactions. Reads no file, draws nothing."""
