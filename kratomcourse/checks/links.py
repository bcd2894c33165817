"""Where links lead: only to hosts on a list that someone has read, so that no page ever sends a
reader to a seller.
"""

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import Diagnostic
from ..evidence import has_table, load_references, load_rows

ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]}]+")
FILES = (
    "book/*.md",
    "notebooks/*/*.ipynb",
    "quizzes/bank/*.yml",
    "README.md",
    "CONTRIBUTING.md",
    "_config.yml",
)


def allowed_hosts(root: Path) -> tuple[str, ...]:
    """Hosts of `evidence/hosts.txt`; a line such as `.gov` allows every host that ends so."""
    lines = (root / "evidence" / "hosts.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.split("#")[0].strip() for line in lines if line.split("#")[0].strip())


def check_links(root: Path) -> list[Diagnostic]:
    """Problems: addresses in texts, references and help lines whose host is not on the list."""
    allowed = allowed_hosts(root)
    problems = []
    for pattern in FILES:
        for path in sorted(root.glob(pattern)):
            file = path.relative_to(root).as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                problems += [
                    problem(file, url, number)
                    for url in ADDRESS.findall(line)
                    if not is_allowed(url, allowed)
                ]
    problems += [
        problem("evidence/references.bib", work.url, item=work.key)
        for work in load_references().values()
        if work.url and not is_allowed(work.url, allowed)
    ]
    problems += [
        problem("evidence/help_lines.csv", row.url, item=row.id)
        for row in (load_rows("help_lines") if has_table("help_lines") else [])
        if row.url and not is_allowed(row.url, allowed)
    ]
    return problems


def is_allowed(url: str, allowed: Collection[str]) -> bool:
    """Whether the host of a URL is on the list, or below a host that is."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return any(
        host == entry
        or (entry.startswith(".") and host.endswith(entry))
        or host.endswith(f".{entry}")
        for entry in allowed
    )


def problem(file: str, url: str, line: int | None = None, item: str = "") -> Diagnostic:
    """The diagnostic for a link to a host that is not on the list."""
    return Diagnostic(
        file,
        f"the host of {url} is not on the list.",
        "use the publisher's or the body's own address, or add the host to "
        "evidence/hosts.txt after reading it",
        line,
        item,
    )
