"""Start an edition: a folder with `edition.yml` and a first page, ready to build."""

import os
import re
from pathlib import Path

import yaml

from ..chapters import load_chapters
from ..errors import CourseError, Diagnostic, shown_path
from ..files import write_atomic
from .edition_file import FILE

TEMPLATE = """\
# An edition of the course. Lines that begin with # are notes; take the # away to use one.
# Check it with 'course edition check', build it with 'course edition build'.

# The folder of the course, as seen from here: a checkout, or a git submodule.
upstream: {upstream}

title: "{title}"
institution: Name of your institution
contact: course@example.org           # mail, or a page that begins with https://
# short_title: Kratom                 # under the icon on a phone
# id: {slug}       # for file names and nbgrader

# Chapters in your order. Delete lines, or choose parts by their names in the addresses:
#   - {{chapter: 04-risk, parts: [how-many-people-use-kratom]}}
# Parts on safety and Help now stay in every edition.
chapters:
{chapters}

# What becomes of links to chapters, parts and pages that you leave out: text shows them as words,
# and an address such as https://example.org/course links to the full course there.
left_out_links: text

# Pages of the course to leave out.
# leave_out: [book/syllabus, book/for-workshops]

# Pages of your own, in Markdown.
pages:
  - pages/about-this-edition.md

# Help lines of your place, which come first. Columns as in evidence/help_lines.csv.
# help_lines: help_lines.csv

# Rows of local law, and their sources. Columns as in evidence/us_local.csv and law_sources.csv.
# local_law: local_law.csv
# law_sources: law_sources.csv
# law_first: [OH]                     # codes or ids of the rows that readers see first
# references: references.bib          # the works that your rows name
# hosts: [example.org]                # hosts that your pages and rows link to

# Questions of your own: a folder with a file for each chapter, such as bank/04-risk.yml.
# bank: bank

# mark: mark.svg                      # drawing in the bar at the top: plain SVG
# icon: icon.svg                      # drawing in the browser's tab
# colours:
#   link: {{light: '#0A5A66', dark: '#7FCBD2'}}
"""
PAGE = """\
# About this edition

Write here who you are, for whom this edition is, and how to reach you.

If you're worried right now, go to [Help now](help-now.md).
"""
README = """\
# An edition of the course

`edition.yml` says what this edition takes from the course and what it adds. Build it with
`course edition build`; the pages are then in `_build/html`. To update, take the newest version of
the course (`git -C {upstream} pull`) and build again: nothing in this folder changes.
"""
IGNORE = """\
_build/
quizzes/bank/
quizzes/release/
quizzes/submitted/
quizzes/autograded/
quizzes/feedback/
quizzes/reports/
quizzes/exchange/
quizzes/*.db
quizzes/*.csv
.course-secret
.nbgrader*
"""
# Graded quizzes of an edition are made in its folder `quizzes`, where students' work stays, too.
NBGRADER = '''\
"""nbgrader settings: those of the course, for this folder. Add your own below."""

from pathlib import Path

import yaml

edition = Path(__file__).resolve().parents[1]
upstream = yaml.safe_load((edition / "edition.yml").read_text(encoding="utf-8"))["upstream"]
course = edition / upstream / "quizzes" / "nbgrader_config.py"
exec(compile(course.read_text(encoding="utf-8"), course, "exec"))
'''
SETTINGS = """\
# The course's name for nbgrader, and what late work costs; the guide for instructors explains it.
id: {slug}
"""
ASSIGNMENTS = """\
Files that `course assignment new` makes, in the folder above. They may ask the course's questions
and your own.
"""


def new_edition(folder: Path, root: Path) -> Path:
    """Write the files of a new edition; return its `edition.yml`.

    root   : the course
    raises : CourseError where the folder has files already
    """
    if folder.exists() and (not folder.is_dir() or any(entries(folder))):
        raise CourseError(
            Diagnostic(
                shown_path(folder), "there is something here already.", "name a new or empty folder"
            )
        )
    if not (root / "_toc.yml").is_file():
        raise CourseError(
            Diagnostic(
                shown_path(root),
                "this is no checkout of the course.",
                "clone the course, and use its own course command",
            )
        )
    folder = folder.resolve()
    upstream = os.path.relpath(root.resolve(), folder).replace(os.sep, "/")
    chapters = load_chapters(root)
    lines = "\n".join(f"  - {one.name}" for one in chapters)
    slug = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "edition"
    text = TEMPLATE.format(
        upstream=upstream, title=f"{titled(root)}: our edition", slug=slug, chapters=lines
    )
    write_atomic(folder / "pages" / "about-this-edition.md", PAGE)
    write_atomic(folder / "README.md", README.format(upstream=upstream))
    write_atomic(folder / ".gitignore", IGNORE)
    quizzes = folder / "quizzes"
    write_atomic(quizzes / "nbgrader_config.py", NBGRADER)
    write_atomic(quizzes / "course.yml", SETTINGS.format(slug=slug))
    write_atomic(quizzes / "assignments" / "README.md", ASSIGNMENTS)
    write_atomic(folder / FILE, text)
    return folder / FILE


def entries(folder: Path) -> list[Path]:
    """Return what a folder holds besides version control and a submodule's list."""
    return [path for path in folder.iterdir() if path.name not in (".git", ".gitmodules")]


def titled(root: Path) -> str:
    """Return the course's title."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return str(config["title"])
