"""Graded quizzes: the bank's graded items as nbgrader notebooks. nbgrader itself keeps the
marks.
"""

import sys
from typing import Any

# jsonschema looks for this package to check addresses, which no notebook has; it builds a grammar
# for over a second of processor time at each start of a command or worker. jsonschema does without
# where it is absent.
ABSENT: Any = None
sys.modules.setdefault("rfc3987_syntax", ABSENT)
