"""nbgrader source notebooks made from the question bank."""
