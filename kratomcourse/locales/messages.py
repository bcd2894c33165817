"""Catalogues: templates made from the sources, a language's files brought up to date with them, and what a build needs of both.

A language lies in `locale/<code>/LC_MESSAGES/*.po`, as sphinx-intl and every translation tool lay it out. The name of
whoever reviewed a catalogue stands in its header `X-Reviewed-By`.
"""

import ast
import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ..files import write_atomic
from ..errors import CourseError, Diagnostic, shown_path
from .pseudo import LANGUAGES, pseudo
from .sources import translated
from .theme import THEME

REVIEWED = "X-Reviewed-By"
# The parts of the site's own machinery; the rest is health text.
INTERFACE = ("interface", "theme")


def extract(root):
    """{domain: Catalog} of every text of the course: one for each page, bank, data set, and for the interface and the theme."""
    found = {}

    def tell_of(domain, place):
        catalogue = found.setdefault(domain, new_catalogue(domain))

        def tell(message):
            catalogue.add(message, locations=[(re.sub(r"\s", "-", place), None)])
            return message

        return tell

    for _name, _text in translated(root, tell_of):
        pass
    interface = found.setdefault("interface", new_catalogue("interface"))
    for path in sorted((Path(root) / "kratomcourse").rglob("*.py")):
        if "locales" not in path.parts:
            for line, message in said(path.read_text(encoding="utf-8")):
                interface.add(message, locations=[(path.relative_to(root).as_posix(), line)])
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


def said(code):
    """(line, message) of each call of `_` and `ngettext` with words in it, also within f-strings, which Babel leaves out."""
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


def new_catalogue(domain):
    return Catalog(project="Kratom and Harm Reduction", domain=domain, charset="utf-8", fuzzy=False)


def write_templates(root, folder):
    """Write `<domain>.pot` for every domain; returns {path: number of messages}."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogues = extract(root)
    for path in folder.glob("*.pot"):
        if path.stem not in catalogues:
            path.unlink()
    return {
        write_catalogue(folder / f"{domain}.pot", catalogue): len(catalogue)
        for domain, catalogue in catalogues.items()
    }


def write_catalogue(path, catalogue):
    reviewer = reviewer_of(path) if path.exists() else ""
    text = io.BytesIO()
    write_po(text, catalogue, width=0, sort_output=False, ignore_obsolete=False)
    # The day of making says nothing that a reader of the file needs, and would change it each time.
    text = re.sub(
        rb'"(POT-Creation-Date|PO-Revision-Date|Generated-By|X-Reviewed-By): [^"]*"\n',
        b"",
        text.getvalue(),
    )
    if path.suffix == ".po":
        text = text.replace(
            b'"MIME-Version:', f'"{REVIEWED}: {reviewer}\\n"\n"MIME-Version:'.encode(), 1
        )
    write_atomic(path, text)
    return path


def update(root, code):
    """Bring `locale/<code>` up to date with the sources: what is translated stays, what changed is marked fuzzy.

    returns : {path: (translated, all)}
    """
    folder = Path(root) / "locale" / code / "LC_MESSAGES"
    counts = {}
    for domain, template in extract(root).items():
        path = folder / f"{domain}.po"
        catalogue = read(path, code) if path.exists() else new_language(domain, code)
        catalogue.update(template)
        counts[write_catalogue(path, catalogue)] = (
            sum(1 for message in catalogue if message.id and told(message)),
            len(catalogue),
        )
    return counts


def new_language(domain, code):
    catalogue = Catalog(locale=code, domain=domain, charset="utf-8", fuzzy=False)
    return catalogue


def write_pseudo(root):
    """Make the pseudo-languages anew from the sources; returns their codes."""
    catalogues = extract(root)
    for catalogue in catalogues.values():
        for message in catalogue:
            if message.id:
                message.string = (
                    tuple(map(pseudo, message.id)) if message.pluralizable else pseudo(message.id)
                )
    for code in LANGUAGES:
        for domain, catalogue in catalogues.items():
            catalogue.locale = code
            write_catalogue(
                Path(root) / "locale" / code / "LC_MESSAGES" / f"{domain}.po", catalogue
            )
    return list(LANGUAGES)


def read(path, code):
    with path.open("rb") as file:
        return read_po(file, locale=code, domain=path.stem)


def told(message):
    """The translation of a message, or nothing where there is none that counts."""
    if message.fuzzy or not message.string:
        return ""
    return "" if isinstance(message.string, tuple) and not all(message.string) else message.string


def load(root, code):
    """({message: translation}, {domain: reviewer}) of a language.

    raises : CourseError where there is no such language, or a translation drops or invents a role, a value or a link
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
                "there is no such language.",
                f"run: course words update {code}"
                + (f"; there are: {', '.join(there)}" if there else ""),
            )
        )
    words, reviewers, problems = {}, {}, []
    for path in files:
        catalogue = read(path, code)
        reviewers[path.stem] = reviewer_of(path)
        for message in catalogue:
            if not message.id or not told(message) or isinstance(message.id, tuple):
                continue
            if lost := differing(message.id, message.string):
                problems.append(
                    Diagnostic(
                        shown_path(path),
                        f"the translation of '{message.id[:50]}' does not keep {lost}.",
                        "use the same ones as the English text",
                        message.lineno,
                    )
                )
            words[message.id] = message.string
    if problems:
        raise CourseError(problems)
    return words, reviewers


def reviewer_of(path):
    found = re.search(rf'^"{REVIEWED}: *(.*?)(?:\\n)?"$', path.read_text(encoding="utf-8"), re.M)
    return found[1].strip() if found else ""


def differing(original, translation):
    """Roles, directives and links that one text has and the other has not; they carry facts and sources."""
    for what, pattern in (
        ("the roles", r"\{(?:fact|src)\}`[^`]*`"),
        ("the links", r"\]\(([^)\s]*)\)"),
    ):
        if sorted(re.findall(pattern, original)) != sorted(re.findall(pattern, translation)):
            return what
    return ""


def unreviewed(reviewers):
    """Domains of health text that nobody has reviewed."""
    return [
        domain for domain, reviewer in reviewers.items() if not reviewer and domain not in INTERFACE
    ]


def compile_interface(root, code, folder):
    """Write the interface and the theme's words as compiled catalogues into `folder`, for the package and for Sphinx."""
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


def catalogue_words(path, code):
    """{message: translation} of one file; plural messages are left out."""
    return (
        {
            message.id: told(message)
            for message in read(path, code)
            if message.id and isinstance(message.id, str) and told(message)
        }
        if path.exists()
        else {}
    )
