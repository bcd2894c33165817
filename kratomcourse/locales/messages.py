"""Catalogues: extract templates, update a language's files from them, and load them for a build.

A language is in `locale/<code>/LC_MESSAGES/*.po`, the layout of sphinx-intl and other tools. A
catalogue's header `X-Reviewed-By` names its reviewer.
"""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ..errors import CourseError, Diagnostic, shown_path
from ..evidence import load_course
from ..files import write_atomic
from . import Translate
from .pseudo import LANGUAGES, pseudo
from .theme import THEME
from .translated_files import translated

REVIEWED = "X-Reviewed-By"
# Domains of the site's interface; all others are health text.
INTERFACE = ("interface", "theme")


def extract(root: Path) -> dict[str, Catalog]:
    """Return {domain: catalogue} of every text of the course.

    Each page, chapter, bank and data set has a domain; so have the interface and the theme.
    """
    found: dict[str, Catalog] = {}

    def tell_of(domain: str, place: str) -> Translate:
        catalogue = found.setdefault(domain, new_catalogue(domain))

        def tell(message: str) -> str:
            location: Any = (re.sub(r"\s", "-", place), None)  # no line
            catalogue.add(message, locations=[location])
            return message

        return tell

    for _name, _text in translated(root, tell_of):
        pass
    interface = found.setdefault("interface", new_catalogue("interface"))
    for path in sorted((Path(root) / "kratomcourse").rglob("*.py")):
        if "locales" not in path.parts:
            for line, text in marked_messages(path.read_text(encoding="utf-8")):
                interface.add(text, locations=[(path.relative_to(root).as_posix(), line)])
    for file, line, message, _comments, _context in extract_from_dir(
        Path(root) / "kratomcourse",
        [("**.js", "javascript")],
        {"**.js": {"parse_template_string": "true"}},
        keywords={"_": None},
    ):
        interface.add(message, locations=[(f"kratomcourse/{file}", line)])
    theme = found.setdefault("theme", new_catalogue("theme"))
    for message in THEME:
        theme.add(message)
    return found


def marked_messages(code: str) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    """Yield (line, message) for each call of `_` and `ngettext` with a literal message.

    Unlike Babel's extractor, it also finds calls inside f-strings.
    """
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            words = [
                one.value
                for one in call.args
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            if call.func.id == "_" and words:
                yield call.lineno, words[0]
            elif call.func.id == "ngettext" and len(words) == 2:
                yield call.lineno, tuple(words)


def new_catalogue(domain: str) -> Catalog:
    """Return an empty template."""
    return Catalog(project=load_course().title, domain=domain, charset="utf-8", fuzzy=False)


def write_templates(root: Path, folder: Path) -> dict[Path, int]:
    """Write `<domain>.pot` for every domain and remove others; return {path: message count}."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogues = extract(root)
    for path in folder.glob("*.pot"):
        if path.stem not in catalogues:
            path.unlink()
    return {
        write_catalogue(folder / f"{domain}.pot", catalogue): len(catalogue)
        for domain, catalogue in catalogues.items()
    }


def write_catalogue(path: Path, catalogue: Catalog) -> Path:
    """Write a template or a language's catalogue, keeping its reviewer; return the path."""
    reviewer = reviewer_of(path) if path.exists() else ""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, sort_output=False, ignore_obsolete=False)
    # Dates would change the file on each run.
    text = re.sub(
        rb'"(POT-Creation-Date|PO-Revision-Date|Generated-By|X-Reviewed-By): [^"]*"\n',
        b"",
        buffer.getvalue(),
    )
    if path.suffix == ".po":
        text = text.replace(
            b'"MIME-Version:', f'"{REVIEWED}: {reviewer}\\n"\n"MIME-Version:'.encode(), 1
        )
    write_atomic(path, text)
    return path


def update(root: Path, code: str) -> dict[Path, tuple[int, int]]:
    """Update `locale/<code>` from the sources; changed messages are marked fuzzy.

    returns : {path: (messages translated, messages in all)}
    """
    folder = Path(root) / "locale" / code / "LC_MESSAGES"
    counts = {}
    for domain, template in extract(root).items():
        path = folder / f"{domain}.po"
        catalogue = read(path, code) if path.exists() else new_language(domain, code)
        catalogue.update(template)
        counts[write_catalogue(path, catalogue)] = (
            sum(1 for message in catalogue if message.id and translation_of(message)),
            len(catalogue),
        )
    return counts


def new_language(domain: str, code: str) -> Catalog:
    """Return an empty catalogue of a language."""
    return Catalog(locale=code, domain=domain, charset="utf-8", fuzzy=False)


def write_pseudo(root: Path) -> list[str]:
    """Write the pseudo-languages from the sources; return their codes."""
    catalogues = extract(root)
    for catalogue in catalogues.values():
        for message in catalogue:
            if message.id:
                source: Any = message.id  # a tuple if it has a plural
                message.string = (
                    tuple(map(pseudo, source)) if message.pluralizable else pseudo(source)
                )
    for code in LANGUAGES:
        for domain, catalogue in catalogues.items():
            catalogue.locale = code
            write_catalogue(
                Path(root) / "locale" / code / "LC_MESSAGES" / f"{domain}.po", catalogue
            )
    return list(LANGUAGES)


def read(path: Path, code: str) -> Catalog:
    """Read a language's catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=code, domain=path.stem)


def translation_of(message: Message) -> Any:
    """Return a message's translation (a tuple if it has a plural); empty if absent or fuzzy."""
    if message.fuzzy or not message.string:
        return ""
    return "" if isinstance(message.string, tuple) and not all(message.string) else message.string


def load(root: Path, code: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return ({message: translation}, {domain: reviewer, or empty}) of a language.

    raises : CourseError if there's no such language, or if a translation drops or adds a role or a
             link
    """
    folder = Path(root) / "locale" / code / "LC_MESSAGES"
    files = sorted(folder.glob("*.po"))
    if not files:
        there = sorted(
            path.name
            for path in (Path(root) / "locale").glob("*")
            if (path / "LC_MESSAGES").is_dir()
        )
        raise CourseError(
            Diagnostic(
                f"locale/{code}",
                "there's no such language.",
                f"run: course words update {code}"
                + (f"; there are: {', '.join(there)}" if there else ""),
            )
        )
    words: dict[str, str] = {}
    reviewers: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for path in files:
        catalogue = read(path, code)
        reviewers[path.stem] = reviewer_of(path)
        for message in catalogue:
            translation = translation_of(message)
            if not message.id or not translation or not isinstance(message.id, str):
                continue
            if lost := differing(message.id, translation):
                problems.append(
                    Diagnostic(
                        shown_path(path),
                        f"the translation of '{message.id[:50]}' does not keep {lost}.",
                        "use the same ones as the English text",
                        message.lineno,
                    )
                )
            words[message.id] = translation
    if problems:
        raise CourseError(problems)
    return words, reviewers


def reviewer_of(path: Path) -> str:
    """Return who reviewed a catalogue; empty if nobody has."""
    found = re.search(rf'^"{REVIEWED}: *(.*?)(?:\\n)?"$', path.read_text(encoding="utf-8"), re.M)
    return found[1].strip() if found else ""


def differing(original: str, translation: str) -> str:
    """Return what differs between two texts, `the roles` or `the links`; empty if neither does.

    Roles and links carry facts and sources, so a translation has to keep them.
    """
    for what, pattern in (
        ("the roles", r"\{(?:fact|src)\}`[^`]*`"),
        ("the links", r"\]\(([^)\s]*)\)"),
    ):
        if sorted(re.findall(pattern, original)) != sorted(re.findall(pattern, translation)):
            return what
    return ""


def unreviewed(reviewers: dict[str, str]) -> list[str]:
    """Return the domains of health text that nobody has reviewed."""
    return [
        domain for domain, reviewer in reviewers.items() if not reviewer and domain not in INTERFACE
    ]


def compile_interface(root: Path, code: str, folder: Path) -> dict[str, str]:
    """Compile the catalogues of the interface and the theme, for the package and for Sphinx.

    folder  : where `interface.mo`, `sphinx.mo` and `booktheme.mo` go; made if it doesn't exist
    returns : {message: translation} of the interface
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(root) / "locale" / code / "LC_MESSAGES"
    for domain, names in (("interface", ("interface",)), ("theme", ("sphinx", "booktheme"))):
        if not (source / f"{domain}.po").exists():
            continue
        catalogue = read(source / f"{domain}.po", code)
        for name in names:
            with (folder / f"{name}.mo").open("wb") as file:
                write_mo(file, catalogue)
    return catalogue_words(source / "interface.po", code)


def catalogue_words(path: Path, code: str) -> dict[str, str]:
    """Return {message: translation} of one file, without plural messages; empty if it's absent."""
    return (
        {
            message.id: translation_of(message)
            for message in read(path, code)
            if message.id and isinstance(message.id, str) and translation_of(message)
        }
        if path.exists()
        else {}
    )
