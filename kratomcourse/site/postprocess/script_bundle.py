"""The one script that all pages share: each part in a scope of its own, with storage that never
throws.

The theme's scripts read and write the browser's storage without asking whether they may. Where site
data is blocked or full, the first such line would end everything after it in the bundle."""

import re
from typing import Any

import rjsmin

from ...errors import CourseError, Diagnostic

FIRST = "storage.js"  # what the other parts rest on
THEME = (
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "sphinx-book-theme.js",
    "pydata-sphinx-theme.js",
)
TOP_LEVEL = re.compile(r"^(?:const|let|var|class|(?:async )?function) +([\w$]+)", re.M)
# Ways to the browser's storage that a scope's own names do not cover.
AROUND = re.compile(
    r"\b(?:window|self|globalThis|top|parent)\s*(?:\.\s*|\[\s*['\"])(?:localStorage|sessionStorage|indexedDB|caches)\b|\bindexedDB\b|\bcaches\."
)
OTHER_USE = re.compile(r"\b(?:local|session)Storage\b(?!\s*\.\s*(?:getItem|setItem|removeItem)\b)")
GUARDED = THEME  # these see storage that never throws
KEEPS = "pydata-sphinx-theme.js"  # the part that is known to use storage


def bundle(parts: Any) -> str:
    """Return the text of the shared script.

    parts  : {file name: text} in the order in which they run
    raises : CourseError where a part is missing, or a theme's script reaches the storage in a way
             that is not guarded
    """
    missing = [name for name in (FIRST, *THEME) if name not in parts]
    if missing or next(iter(parts)) != FIRST:
        raise CourseError(
            Diagnostic(
                "site.js",
                f"the pages do not load {', '.join(missing) or f'{FIRST} first'}",
                "compare SHARED in site/weight.py with what the theme and add_static load",
            )
        )
    return "\n".join(
        small(text) if name == FIRST else isolated(name, text) for name, text in parts.items()
    )


def isolated(name: str, script: str) -> str:
    """Return a script in a function of its own: an error in it is reported, and the next part runs.

    What it declares at its top level, without indentation, stays visible to the other scripts.
    """
    if name in GUARDED:
        guard_storage(name, script)
    shared = "".join(f"window.{word}={word};" for word in dict.fromkeys(TOP_LEVEL.findall(script)))
    head, tail = (
        ("localStorage,sessionStorage", "courseStorage.theme.local,courseStorage.theme.session")
        if name in GUARDED
        else ("", "")
    )
    fault = f'console.error("{name}",fault);document.dispatchEvent(new Event("course-fault"))'
    return f"(function({head}){{try{{{small(script)}\n{shared}}}catch(fault){{{fault}}}}})({tail});"


def small(script: str) -> str:
    """The script minified, without the address of its source map."""
    return str(rjsmin.jsmin(re.sub(r"^//# sourceMappingURL.*$", "", script, flags=re.M)).strip())


def guard_storage(name: str, script: str) -> None:
    """Raise a CourseError unless giving a script its own `localStorage` covers every use that it
    makes of storage.
    """
    if found := AROUND.search(script) or OTHER_USE.search(script):
        raise CourseError(
            Diagnostic(
                name,
                f"reaches the browser's storage as {found[0]!r}, which is not guarded",
                "guard this use in site/bundle.py",
            )
        )
    if name == KEEPS and "localStorage" not in script:
        raise CourseError(
            Diagnostic(
                name,
                "does not use localStorage any more",
                "see whether site/static/storage.js still guards what the theme does, and "
                "correct KEEPS in site/bundle.py",
            )
        )


def replaced(name: str, script: str, before: str, after: str) -> str:
    """Return the script with one text replaced by another; CourseError where it is not there."""
    if before not in script:
        raise CourseError(
            Diagnostic(
                name,
                f"the text to replace is not there: {before[:60]!r}",
                "a new release words it differently; correct the replacement in kratomcourse/site",
            )
        )
    return script.replace(before, after)
