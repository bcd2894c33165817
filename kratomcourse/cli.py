"""The command line. Each command is a few lines that call one function below."""

import json
import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer

from .problems import CourseError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Kratom and Harm Reduction: build, check, grade and run the course.",
)
quiz = typer.Typer(no_args_is_help=True, help="The question bank and what is made from it.")
app.add_typer(quiz, name="quiz")
words_app = typer.Typer(no_args_is_help=True, help="The course's texts as catalogues for another language.")
app.add_typer(words_app, name="words")
export_app = typer.Typer(no_args_is_help=True, help="Items and grades for other systems.")
app.add_typer(export_app, name="export")

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
PLAIN = ROOT / "_build" / "notebooks"


def say(text):
    typer.echo(f"[course] {text}")


@app.command()
def book(
    edition: Annotated[str, typer.Option(help="learner, or instructor with the facilitator notes")] = "learner",
    language: Annotated[str | None, typer.Option(help="a language that lies in locale/, such as pt_BR; built into its own folder of the site")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="build a language that nobody has reviewed; every page says so")] = False,
):
    """Check the sources, derive quizzes and notebooks, execute the chapters and build the book."""
    if edition not in ("learner", "instructor"):
        fail(f"there is no edition '{edition}'. Mend: --edition learner or --edition instructor")
    if language:
        return book_in(language, draft)
    from .checks import check_sources
    from .grading.source import build_sources
    from .live.plain import build_plain_notebooks
    from .site.build import build_book

    say("checking facts, references, bank and chapters")
    if not os.environ.get("COURSE_LANGUAGE"):  # translated sources were checked in English
        check_sources(ROOT)
    for path in (*build_sources(ROOT / "quizzes" / "source"), *build_plain_notebooks(PLAIN, ROOT / "notebooks")):
        say(f"derived {path.relative_to(ROOT)}")
    say("building the book; where something changed, its chapters are executed first (half a minute and more)")
    pages = build_book(ROOT, edition, say)
    link_all_languages()
    if edition == "learner":
        from .exports.take import export_book as make, take_along

        missing = take_along(ROOT, pages, PLAIN)
        if "epub" in missing:
            say(f"made {make('epub', ROOT, pages)[0].relative_to(ROOT)}")
        if "pdf" in missing:
            say("the PDF is made apart, because printing takes a minute or more and wants Chromium: course export book pdf")
    say(f"done. Open {pages / 'index.html'}")
    if edition == "learner":
        say("or serve it on this machine only: make serve")


def book_in(code, draft):
    from .locales.tree import build_language

    if not (SITE / "index.html").exists():
        fail("the English book is not built yet. Mend: make book")
    pages = build_language(ROOT, code, draft, say)
    link_all_languages()
    say(f"done. Open {pages / 'index.html'}")


def link_all_languages():
    """The switch of languages, in the pages of all that are built."""
    from .locales.tree import languages_of
    from .site.switch import link_languages

    if not os.environ.get("COURSE_LANGUAGE"):
        names = {code: name for code, name, _direction in languages_of(SITE)}
        link_languages(SITE, list(names), {"en": "English", **names})


@app.command()
def publish(
    term: Annotated[str, typer.Option(help="year and season, such as 2026-autumn")],
    to: Annotated[Path, typer.Option(help="folder that is put on the web; other terms in it stay")] = Path("published"),
):
    """Put the built book into a folder for the web as one term's pages, beside those of other terms."""
    from .site.terms import publish as put

    terms = put(SITE, to, term)
    say(f"{to / term} holds the pages of {term}; {to / 'latest'} leads to {terms[0]}; terms there: {', '.join(terms)}")


@app.command()
def serve(port: Annotated[int, typer.Option(help="port on this machine")] = 8000):
    """Serve the built book on this machine only."""
    if not (SITE / "index.html").exists():
        fail("the book is not built yet. Mend: make book")
    handler = partial(SimpleHTTPRequestHandler, directory=SITE)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        fail(f"port {port} can not be used ({error.strerror}). Mend: course serve --port {port + 1}")
    say(f"the book is at http://127.0.0.1:{port}/ (stop with Ctrl-C)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("stopped")


@app.command()
def check(
    stale: Annotated[bool, typer.Option("--stale", help="list rows past their day of review, oldest first; fails if there are any")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the report for machines")] = False,
):
    """Check facts, tables, references, bank, chapters, wording, numbers and links; one report."""
    from .checks.report import check_course

    report = check_course(ROOT)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    elif stale:
        for row in report.stale:
            typer.echo(f"{row.review_by}  {row.table:<12} {row.id:<14} as of {row.as_of:<10}  {row.what}")
        say(f"{len(report.stale)} rows are due for review")
    else:
        typer.echo(report.as_text())
    if not report.is_clean or (stale and report.stale):
        raise typer.Exit(1)


@app.command()
def live(
    port: Annotated[int, typer.Option(help="port on this machine")] = 8888,
    browser: Annotated[bool, typer.Option(help="open a browser window")] = True,
):
    """Open the chapters as plain notebooks in JupyterLab, on this machine only."""
    from .live.lab import start_lab

    start_lab(PLAIN, ROOT / "notebooks", ROOT / "my-notebooks", port, browser, say)


@app.command()
def grade(
    quiz: Annotated[str, typer.Argument(help="name of the quiz, such as 02-pharmacology")],
    student: Annotated[str | None, typer.Option(help="mark this student alone")] = None,
    regrade: Annotated[bool, typer.Option("--regrade", help="mark again what was marked before; marks that a person gave stay")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="mark all that is there, but write nothing down")] = False,
    sandbox: Annotated[str, typer.Option(help="bubblewrap; or none, for work of people you trust: it runs as you")] = "bubblewrap",
    scheduler: Annotated[str | None, typer.Option(help="a Dask cluster that exists, tcp://...; without it one is started on this machine")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="processes on this machine; without it one for each processor")] = None,
    db: Annotated[str | None, typer.Option(help="gradebook as nbgrader writes it, such as postgresql://...; without it the one of nbgrader_config.py")] = None,
    folder: Annotated[Path | None, typer.Option(help="folder with nbgrader_config.py; without it the one you stand in, or the course's quizzes")] = None,
    limit: Annotated[list[str] | None, typer.Option(help="a limit of a submission as name=value, such as cell_seconds=20; again for more")] = None,
    forbid_inside: Annotated[bool, typer.Option("--forbid-inside", help="stop where a test cell would run beside the student's code")] = False,
):
    """Mark what was handed in for a quiz, behind walls, and write it into nbgrader's gradebook.

    Ends with 0, with 3 where somebody should look at a submission, and with 1 where nothing could be done.
    """
    from .grading.paper import Folders
    from .grading.report import Progress, limits_from, report_lines
    from .grading.runner import grade_quiz

    if sandbox not in ("bubblewrap", "none"):
        fail(f"--sandbox {sandbox} is unknown. Mend: bubblewrap or none")
    here = folder or (Path.cwd() if (Path.cwd() / "nbgrader_config.py").exists() else ROOT / "quizzes")
    with Progress() as progress:
        report = grade_quiz(
            Folders(here, db), quiz, student, regrade, dry_run, sandbox, scheduler, workers, limits_from(limit or []), not forbid_inside, progress.each
        )
    for line in report_lines(report):
        typer.echo(line)
    if report.needs_attention:
        raise typer.Exit(3)


@app.command()
def report(
    quiz: Annotated[str, typer.Argument(help="name of the quiz, such as 02-pharmacology")],
    names: Annotated[bool, typer.Option("--names", help="name the students, with their points")] = False,
    to: Annotated[Path | None, typer.Option(help="folder of the report; without it reports/QUIZ beside nbgrader_config.py")] = None,
    db: Annotated[str | None, typer.Option(help="gradebook as nbgrader writes it; without it the one of nbgrader_config.py")] = None,
    folder: Annotated[Path | None, typer.Option(help="folder with nbgrader_config.py; without it the one you stand in, or the course's quizzes")] = None,
):
    """Tell how the questions of a graded quiz worked: facility, item-total correlation, answers chosen, reliability."""
    from .grading.analysis import analyse
    from .grading.analysis_page import write_report
    from .grading.classbook import read_class
    from .grading.paper import Folders
    from .grading.report import Count

    folders = Folders(folder or (Path.cwd() if (Path.cwd() / "nbgrader_config.py").exists() else ROOT / "quizzes"), db)
    with Count("graded notebook") as count:
        book = read_class(folders, quiz, count.each)
    found = analyse(book)
    page = write_report(found, to or folders.root / "reports" / quiz, names)
    say(f"{found.students} students, {len(found.questions)} questions; open {page}")
    if found.is_small:
        say("a small class: read the intervals, not the numbers")


@quiz.command("build")
def quiz_build():
    """Remake quizzes/source from the bank."""
    from .grading.source import build_sources

    written = build_sources(ROOT / "quizzes" / "source")
    for path in written:
        say(f"wrote {path.relative_to(ROOT)}")
    if not written:
        say("quizzes/source is what the bank makes; nothing to do")


@quiz.command("schema")
def quiz_schema():
    """Write the JSON Schema of bank files, for editors."""
    from .quiz.schema import write_schema

    say(f"wrote {write_schema(ROOT / 'quizzes' / 'bank.schema.json').relative_to(ROOT)}")


@export_app.command("quiz")
def export_quiz(
    form: Annotated[str, typer.Argument(help="moodle, qti12 (Canvas), qti21 (Blackboard and others), anki, paper (with its key), or parallel (two forms)")],
    chapters: Annotated[list[str], typer.Argument(help="chapter, such as 02-pharmacology or 02; for paper and parallel one or more")],
    use: Annotated[str, typer.Option(help="graded, or check for the items that the page shows")] = "graded",
    to: Annotated[Path, typer.Option(help="folder for the files")] = Path("exports"),
    item: Annotated[list[str] | None, typer.Option(help="id of an item that is wanted; again for more; without it all are")] = None,
    items: Annotated[int, typer.Option(help="parallel: items of each form")] = 12,
    seed: Annotated[str | None, typer.Option(help="paper and parallel: another seed gives another order and another choice")] = None,
    size: Annotated[str, typer.Option(help="paper and parallel: a4 or letter")] = "a4",
    also: Annotated[list[str] | None, typer.Option(help="parallel: moodle, qti12 or qti21 as well; again for more")] = None,
):
    """Write a chapter's items for a learning-management system, as cards to learn with, or on paper with a key."""
    from .exports.files import export, export_paper, export_parallel

    if form == "parallel":
        say("choosing two forms and setting them")
        paths, forms = export_parallel(chapters, items, "1" if seed is None else seed, use, to, size, also or [])
        said = f"form A and form B, {len(forms[0])} items and {sum(one.points for one in forms[0]):g} points each"
    elif form == "paper":
        say("setting the paper and its key")
        paths, count = export_paper(chapters, use, to, seed, size, item or [])
        said = f"{count} items"
    elif len(chapters) != 1:
        fail(f"{form} takes one chapter. Mend: one call for each")
    else:
        path, count = export(form, chapters[0], use, to, ROOT / "book" / "glossary.md", item or [])
        paths, said = [path], f"{count} {'cards' if form == 'anki' else 'items'}"
    for path in paths:
        say(f"wrote {path} with {said}")


@export_app.command("book")
def export_book(
    form: Annotated[str, typer.Argument(help="pdf or epub")],
    paper: Annotated[str, typer.Option(help="for pdf: a4 or letter")] = "a4",
):
    """Write the built book as one file to take along, and link it from every page."""
    from .exports.take import export_book as make

    say(f"making the {form}" + ("; printing some hundred pages takes a minute or more" if form == "pdf" else ""))
    path, count = make(form, ROOT, SITE, paper)
    say(f"wrote {path.relative_to(ROOT)} with {count} pages; every page of the site links to it")


@words_app.command("extract")
def words_extract(to: Annotated[Path, typer.Option(help="folder for the templates")] = ROOT / "locale" / "pot"):
    """Write every text of the course as gettext templates: pages, chapters, questions, data, interface."""
    from .locales.messages import write_templates

    counts = write_templates(ROOT, to)
    say(f"wrote {len(counts)} templates with {sum(counts.values()):,} messages into {to}")


@words_app.command("update")
def words_update(code: Annotated[str, typer.Argument(help="code of the language, such as es or pt_BR")]):
    """Begin a language, or bring its catalogues up to date with the sources; what is translated stays."""
    from .locales.messages import update

    counts = update(ROOT, code)
    done, everything = (sum(column) for column in zip(*counts.values()))
    say(f"locale/{code}: {done:,} of {everything:,} messages are translated, in {len(counts)} files")


@words_app.command("pseudo")
def words_pseudo():
    """Make the two pseudo-languages, which show what is not translated and what does not fit."""
    from .locales.messages import write_pseudo

    for code in write_pseudo(ROOT):
        say(f"made locale/{code}; build it with: course book --language {code} --draft")


@export_app.command("grades")
def export_grades(
    source: Annotated[Path, typer.Argument(help="file of: nbgrader export --to grades.csv", exists=True)],
    shape: Annotated[str, typer.Option("--for", help="canvas or moodle")] = "canvas",
    to: Annotated[Path, typer.Option(help="file to write")] = Path("grades-to-import.csv"),
):
    """Turn nbgrader's grades into the file that Canvas or Moodle imports."""
    from .exports.files import export_grades as write

    if shape not in ("canvas", "moodle"):
        fail(f"'{shape}' is neither canvas nor moodle. Mend: --for canvas")
    path, count = write(source, shape, to)
    say(f"wrote {path} with {count} rows")


def fail(text):
    typer.echo(f"[course] {text}", err=True)
    raise typer.Exit(1)


def main():
    """Entry point: a CourseError becomes its own lines, not a traceback."""
    try:
        app()
    except CourseError as error:
        for problem in error.problems:
            typer.echo(f"[course] {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
