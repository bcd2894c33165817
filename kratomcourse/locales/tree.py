"""A translated copy of the course's sources, and the book built from it: the copy is a course like any other."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from ..errors import CourseError, Diagnostic
from .messages import compile_interface, load, unreviewed
from .pseudo import LANGUAGES
from .sources import headings_of, translated
from .theme import SCRIPTS

COPIED = ("kratomcourse", "evidence", "book", "notebooks", "quizzes/bank")
TERM = re.compile(r"\{term\}`([^`<]+?)(\s*<([^`>]+)>)?`")


def build_language(root, code, draft=False, say=print):
    """Build the book in another language into `_build/html/<code>/`.

    draft   : build although nobody reviewed it; every page says so
    returns : folder of the pages
    raises  : CourseError where there is no such language, where health text is not reviewed, or where the build fails
    """
    root = Path(root)
    words, reviewers = load(root, code)
    waiting = unreviewed(reviewers)
    if waiting and not draft:
        raise CourseError(
            Diagnostic(
                f"locale/{code}",
                f"no competent reader has reviewed {', '.join(waiting[:6])}{' and more' if len(waiting) > 6 else ''}.",
                "let somebody who knows the subject and the language read it, and write the name into the header X-Reviewed-By; or build a draft that says so: --draft",
            )
        )
    tree = root / "_build" / "languages" / code
    say(f"translating the sources into {tree.relative_to(root)}")
    make_tree(root, tree, code, words)
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "COURSE_LANGUAGE": code,
        "COURSE_DRAFT": "1" if waiting else "",
    }
    command = [sys.executable, "-m", "kratomcourse.cli", "book"]
    with subprocess.Popen(
        command,
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        lines = []
        for line in running.stdout:
            lines.append(line.rstrip())
            if lines[-1].startswith("[course]") and not lines[-1].startswith("[course] done"):
                say(lines[-1].removeprefix("[course] "))
    if running.returncode:
        raise CourseError(
            Diagnostic(
                f"locale/{code}",
                "the translated book does not build.\n  " + "\n  ".join(lines[-25:]),
                "mend what is named above",
            )
        )
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
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
    return target


def make_tree(root, tree, code, words):
    """Write the translated sources; a file that did not change keeps its time, so that only what changed is built again."""
    wanted = {}
    for folder in COPIED:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                wanted[path.relative_to(root).as_posix()] = path.read_bytes()
    entries = glossary(root, words)
    for name, text in translated(
        root, lambda _domain, _place: lambda message: terms(words.get(message, message), entries)
    ):
        wanted[name] = text.encode()
    wanted["_config.yml"] = configured(wanted["_config.yml"].decode(), code).encode()
    wanted["headings.json"] = json.dumps(headings_of(root), ensure_ascii=False, indent=1).encode()
    wanted["evidence/number_exceptions.csv"] = b"file,text,reason\n"
    if (root / "requirements.txt").exists():
        wanted["requirements.txt"] = (root / "requirements.txt").read_bytes()
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


def words_script(interface, words):
    """The words of the course's scripts, and those of Sphinx's that Sphinx itself may not know in this language."""
    theirs = {
        message: words[message]
        for message in (*SCRIPTS, "Search Results", "Searching", "Preparing search...")
        if message in words
    }
    return (
        f"/* The words of the scripts in this language. */\nwindow.courseWords = {json.dumps(interface, ensure_ascii=False, sort_keys=True)};\n"
        f'if (typeof Documentation !== "undefined") Object.assign(Documentation.TRANSLATIONS, {json.dumps(theirs, ensure_ascii=False)});\n'
    )


def glossary(root, words):
    """{entry of the glossary in small letters: its translation}; Sphinx finds an entry by small or capital letters alike."""
    path = root / "book" / "glossary.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    block = text.partition("{glossary}")[2].partition("\n```")[0]
    entries = [
        line.strip()
        for line in block.split("\n")[1:]
        if line.strip() and not line[0].isspace() and not line.startswith(":")
    ]
    return {entry.lower(): words.get(entry, entry) for entry in entries}


def terms(text, entries):
    """A text whose {term} roles lead to the translated entries of the glossary."""
    entry = lambda name: entries.get(name.lower(), name)  # noqa: E731
    return TERM.sub(
        lambda match: (
            f"{{term}}`{entry(match[1])}`"
            if not match[3]
            else f"{{term}}`{match[1]} <{entry(match[3])}>`"
        ),
        text,
    )


def configured(text, code):
    config = yaml.safe_load(text)
    inner = config["sphinx"]["config"]
    inner["language"] = code
    inner["locale_dirs"] = ["locale"]
    return yaml.safe_dump(config, allow_unicode=True, sort_keys=False, width=1000)


def name_of(code):
    """How a language calls itself."""
    from babel import Locale, UnknownLocaleError

    try:
        return LANGUAGES.get(code) or Locale.parse(code).get_display_name()
    except (ValueError, UnknownLocaleError):
        return code
