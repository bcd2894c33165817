"""A simulated class that goes from the released quiz to grades, so that an instructor can look."""
