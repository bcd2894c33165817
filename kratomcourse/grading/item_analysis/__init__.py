"""How the questions of a graded quiz worked, from nbgrader's gradebook and the graded notebooks."""
