"""Kratom and Harm Reduction: the package behind the course.

The house has floors (evidence, models, quiz and charts, zygote, the outlets, cli); an import goes
down only."""

__version__ = "0.1.0"
