"""Write a translated copy of the course's sources, and build the book from the copy."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from ..errors import CourseError, Diagnostic
from ..files import replace_folder
from ..i18n import DRAWN
from ..other_course import build_other_book
from .messages import compile_interface, load, unreviewed
from .pseudo import LANGUAGES
from .theme import SCRIPTS
from .translated_files import headings_of, translated

COPIED = ("kratomcourse", "evidence", "book", "notebooks", "quizzes/bank")
TERM = re.compile(r"\{term\}`([^`<]+?)(\s*<([^`>]+)>)?`")


def build_language(
    root: Path, code: str, draft: bool = False, say: Callable[[str], object] = print
) -> Path:
    """Build the book in another language into `_build/html/<code>/`.

    draft   : build although nobody has reviewed it; every page then says so
    say     : called with a line for each step
    returns : folder of the pages
    raises  : CourseError for an unknown language, unreviewed health text, or a failed build
    """
    root = Path(root)
    words, reviewers = load(root, code)
    waiting = unreviewed(reviewers)
    if waiting and not draft:
        raise CourseError(
            Diagnostic(
                f"locale/{code}",
                f"no competent reader has reviewed {', '.join(waiting[:6])}"
                f"{' and more' if len(waiting) > 6 else ''}.",
                "let someone who knows the subject and the language read it, and write their name "
                "into the header X-Reviewed-By; or build a draft that says so: --draft",
            )
        )
    tree = root / "_build" / "languages" / code
    say(f"translating the sources into {tree.relative_to(root)}")
    make_tree(root, tree, code, words)
    settings = {"COURSE_LANGUAGE": code, "COURSE_DRAFT": "1" if waiting else ""}
    if said := build_other_book(tree, say, environment=settings):
        message = f"the translated book doesn't build.\n  {said}\n "
        hint = "correct what the lines above name"
        raise CourseError(Diagnostic(f"locale/{code}", message, hint))
    target = root / "_build" / "html" / code
    beside = target.with_name(f".{code}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(tree / "_build" / "html", beside)
    (beside / "language.json").write_text(
        json.dumps(
            {
                "code": code,
                "name": name_of(code),
                "label": words.get("Language", "Language"),
                "draft": bool(waiting),
            },
            ensure_ascii=False,
        )
        + "\n",
        encoding="utf-8",
    )
    replace_folder(beside, target)
    return target


def make_tree(root: Path, tree: Path, code: str, words: Mapping[str, str]) -> None:
    """Write the translated sources.

    An unchanged file isn't written, so it keeps its time and the build can reuse its results.

    tree  : folder of the copy
    words : {message: translation}
    """
    wanted: dict[str, bytes] = {}
    for folder in COPIED:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                wanted[path.relative_to(root).as_posix()] = path.read_bytes()
    entries = glossary(root, words)
    for name, text in translated(
        root, lambda _domain, _place: lambda message: terms(words.get(message, message), entries)
    ):
        wanted[name] = text.encode()
    wanted[f"locale/{code}/{DRAWN}"] = wanted.pop(f"locale/{DRAWN}")
    wanted["_config.yml"] = configured(wanted["_config.yml"].decode(), code).encode()
    wanted["headings.json"] = json.dumps(headings_of(root), ensure_ascii=False, indent=1).encode()
    wanted["evidence/number_exceptions.csv"] = b"file,text,reason\n"
    for name in ("requirements.txt", "CITATION.cff"):
        if (root / name).exists():
            wanted[name] = (root / name).read_bytes()
    for folder in (*COPIED, "locale"):
        for path in (tree / folder).rglob("*"):
            if (
                path.is_file()
                and "__pycache__" not in path.parts
                and path.suffix != ".mo"
                and path.relative_to(tree).as_posix() not in wanted
            ):
                path.unlink()
    interface = compile_interface(root, code, tree / "locale" / code / "LC_MESSAGES")
    wanted["kratomcourse/site/static/words.js"] = words_script(interface, words).encode()
    for name, content in wanted.items():
        path = tree / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def words_script(interface: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Return the script with the translations for the course's scripts and for those of Sphinx.

    Sphinx itself may have no translation of its search in this language.
    """
    theirs = {message: words[message] for message in SCRIPTS if message in words}
    ours = json.dumps(interface, ensure_ascii=False, sort_keys=True)
    return (
        "/* The words of the scripts in this language. */\n"
        f"window.courseWords = {ours};\n"
        'if (typeof Documentation !== "undefined") Object.assign(Documentation.TRANSLATIONS, '
        f"{json.dumps(theirs, ensure_ascii=False)});\n"
    )


def glossary(root: Path, words: Mapping[str, str]) -> dict[str, str]:
    """Return {glossary term in lower case: its translation}; Sphinx ignores the case of a term."""
    path = root / "book" / "glossary.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    block = text.partition("{glossary}")[2].partition("\n```")[0]
    entries = [
        line.strip()
        for line in block.split("\n")[1:]
        if line.strip() and not line[0].isspace() and not line.startswith(":")
    ]
    return {entry.lower(): words.get(entry, entry) for entry in entries}


def terms(text: str, entries: Mapping[str, str]) -> str:
    """Return a text with its {term} roles pointing to the translated glossary terms.

    entries : as `glossary` returns them
    """

    def entry(name: str) -> str:
        return entries.get(name.lower(), name)

    return TERM.sub(
        lambda match: (
            f"{{term}}`{entry(match[1])}`"
            if not match[3]
            else f"{{term}}`{match[1]} <{entry(match[3])}>`"
        ),
        text,
    )


def configured(text: str, code: str) -> str:
    """Return `_config.yml` with the language set."""
    config = yaml.safe_load(text)
    inner = config["sphinx"]["config"]
    inner["language"] = code
    inner["locale_dirs"] = ["locale"]
    return yaml.safe_dump(config, allow_unicode=True, sort_keys=False, width=1000)


def name_of(code: str) -> str:
    """Return a language's name in that language; the code if Babel doesn't know it."""
    from babel import Locale, UnknownLocaleError

    try:
        return LANGUAGES.get(code) or Locale.parse(code).get_display_name() or code
    except (ValueError, UnknownLocaleError):
        return code
