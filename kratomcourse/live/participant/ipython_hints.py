"""IPython extension: explains a letter without quotes, the most frequent slip in a quiz."""

import re
from typing import Any

LETTER = re.compile(r"name '([A-Za-z])' is not defined")
ANSWER = re.compile(r"^\s*(answer\w*)\s*=", re.M)


def hint(message: str, source: str) -> str:
    """Return a sentence to add to a NameError, or an empty string if it has another cause.

    message : of the NameError
    source  : of the cell that was run
    """
    letter, answer = LETTER.search(message), ANSWER.search(source)
    if not letter or not answer:
        return ""
    return f'A letter needs quotes here, for example {answer[1]} = "{letter[1]}".'


def load_ipython_extension(shell: Any) -> None:
    """Show the hint with each NameError that it fits."""

    def explain(
        self: Any, kind: type, error: BaseException, trace: Any, tb_offset: Any = None
    ) -> Any:
        history = self.history_manager.input_hist_raw
        added = hint(str(error), history[-1] if history else "")
        if added:
            error.args = (f"{error}. {added}",)
        return self.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NameError,), explain)
