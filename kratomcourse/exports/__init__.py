"""Exports: quizzes for learning management systems, exams and the book as files."""

from .quizzes import Export, export_quiz
from .registry import Exporter, exporters

__all__ = ["Export", "Exporter", "export_quiz", "exporters"]
