"""Graded quizzes: the bank's graded items as nbgrader notebooks. nbgrader itself keeps the marks."""
