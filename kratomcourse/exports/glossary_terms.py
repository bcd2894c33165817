"""The glossary page as {term: meaning}, for formats that carry terms."""

import re
from pathlib import Path


def read_glossary(path: Path) -> dict[str, str]:
    """Return {term: meaning} of a page with one {glossary} directive; term roles become text."""
    text = path.read_text(encoding="utf-8")
    block = re.search(r"```\{glossary\}\n(.*?)\n```", text, re.DOTALL)
    body = block[1] if block else ""
    entries = re.findall(r"^(\S.*)\n((?:[ \t]+.*\n?|\n(?=[ \t]))+)", body + "\n", re.MULTILINE)
    return {
        term.strip(): re.sub(
            r"\{term\}`([^`<]+?)\s*(?:<[^`]*>)?`", r"\1", " ".join(meaning.split())
        )
        for term, meaning in entries
    }
