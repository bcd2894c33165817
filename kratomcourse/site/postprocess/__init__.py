"""Finished pages made accessible, private and light."""
