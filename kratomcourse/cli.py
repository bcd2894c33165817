"""The command line. Each command is a few lines that call one function below."""

import atexit
import gc
import json
import os
import secrets
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from .commands import assignment as assignment_commands
from .commands import class_list as class_commands
from .commands import edition as edition_commands
from .commands.assignment import build_all
from .commands.common import Database, Folder, course_folder, course_layout, fail, say
from .commands.demo import demo
from .commands.validate import validate
from .errors import CourseError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Build, check, grade and run the course.",
)
quiz = typer.Typer(no_args_is_help=True, help="The question bank and what is made from it.")
app.add_typer(quiz, name="quiz")
app.add_typer(assignment_commands.app, name="assignment")
app.add_typer(class_commands.app, name="class")
app.add_typer(class_commands.regrade_app, name="regrade")
app.add_typer(edition_commands.app, name="edition")
app.command()(class_commands.status)
app.command()(validate)
app.command()(demo)
words_app = typer.Typer(
    no_args_is_help=True, help="The course's texts as catalogues for another language."
)
app.add_typer(words_app, name="words")
export_app = typer.Typer(no_args_is_help=True, help="Items and grades for other systems.")
app.add_typer(export_app, name="export")

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
PLAIN = ROOT / "_build" / "notebooks"


@app.command()
def book(
    edition: Annotated[
        str, typer.Option(help="learner, or instructor with the facilitator notes")
    ] = "learner",
    language: Annotated[
        str | None,
        typer.Option(
            help="a language in locale/, such as pt_BR; built into its own folder of the site"
        ),
    ] = None,
    draft: Annotated[
        bool,
        typer.Option(
            "--draft", help="build a language that nobody has reviewed; every page says so"
        ),
    ] = False,
) -> None:
    """Check the sources, derive quizzes and notebooks, execute the chapters and build the book."""
    if edition not in ("learner", "instructor"):
        fail(f"there's no edition '{edition}'. Fix: --edition learner or --edition instructor")
    if language:
        book_in(language, draft)
        return
    from .site.build.book import build_book

    def prepare() -> None:
        # Imported here, because the warm interpreter starts first.
        from .chapters.plain import build_plain_notebooks
        from .checks import check_sources

        if not os.environ.get("COURSE_LANGUAGE"):  # translated sources were checked in English
            check_sources(ROOT)
        for path in (
            *build_all(ROOT / "quizzes", keep=True),
            *build_plain_notebooks(PLAIN, ROOT),
        ):
            say(f"derived {path.relative_to(ROOT)}")
        say("building the book; chapters that changed are executed first (half a minute or more)")

    def make_epub(pages: Path) -> None:
        from .exports.downloads import export_book

        say(f"made {export_book('epub', ROOT, pages)[0].relative_to(ROOT)}")

    def meanwhile(pages: Path) -> None:
        # After a failure it's tried again once the pages are done, and then reported.
        with suppress(Exception):
            make_epub(pages)

    say("checking facts, references, bank and chapters")
    pages = build_book(ROOT, edition, say, prepare, meanwhile if edition == "learner" else None)
    link_all_languages()
    if edition == "learner":
        add_downloads(pages, make_epub)
    say(f"done. Open {pages / 'index.html'}")
    if edition == "learner":
        say("or serve it on this machine only: make serve")


def add_downloads(pages: Path, make_epub: Callable[[Path], None]) -> None:
    """Put notebooks, data and the EPUB into the built book, and report what's missing or old."""
    from .exports.downloads import take_along
    from .lite import is_of_older_chapters
    from .site.publish.download_links import link_downloads

    missing = take_along(ROOT, pages, PLAIN)
    if "epub" in missing:
        make_epub(pages)
    link_downloads(pages)
    if is_of_older_chapters(pages, PLAIN):
        say("the notebooks that run in the browser are of older chapters. Fix: make lite")
    if "pdf" in missing:
        say(
            "the PDF isn't built with the book, because printing takes a minute or more and needs "
            "Chromium: course export book pdf"
        )


def book_in(code: str, draft: bool) -> None:
    """Build the book in another language."""
    from .locales.translated_copy import build_language

    if not (SITE / "index.html").exists():
        fail("the English book isn't built yet. Fix: make book")
    pages = build_language(ROOT, code, draft, say)
    link_all_languages()
    say(f"done. Open {pages / 'index.html'}")


def link_all_languages() -> None:
    """Add the language switcher to the pages of every language that's built."""
    from .site.postprocess.language_switcher import link_languages

    if not os.environ.get("COURSE_LANGUAGE"):
        link_languages(SITE)


@app.command()
def lite() -> None:
    """Add the parts to the built book as notebooks that run in the reader's browser (make lite)."""
    from .chapters.plain import build_plain_notebooks
    from .lite import build_lite
    from .site.publish.download_links import link_downloads

    build_plain_notebooks(PLAIN, ROOT)
    folder, count = build_lite(ROOT, SITE, PLAIN, say)
    link_downloads(SITE)
    say(
        f"{count} notebooks run in the browser: {(folder / 'start.html').relative_to(ROOT)} "
        "(course serve, because a browser's Python doesn't start from a folder)"
    )


@app.command()
def publish(
    term: Annotated[str, typer.Option(help="year and season, such as 2026-autumn")],
    to: Annotated[
        Path, typer.Option(help="folder that is put on the web; other terms in it stay")
    ] = Path("published"),
) -> None:
    """Copy the built book into a folder for the web as one term's pages, beside other terms."""
    from .site.publish.term_versions import publish as put

    terms = put(SITE, to, term)
    say(
        f"{to / term} holds the pages of {term}; {to / 'latest'} leads to {terms[0]}; "
        f"terms there: {', '.join(terms)}"
    )


@app.command()
def serve(port: Annotated[int, typer.Option(help="port on this machine")] = 8000) -> None:
    """Serve the built book on this machine only."""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    if not (SITE / "index.html").exists():
        fail("the book isn't built yet. Fix: make book")
    handler = partial(SimpleHTTPRequestHandler, directory=SITE)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        fail(f"port {port} can't be used ({error.strerror}). Fix: course serve --port {port + 1}")
    say(f"the book is at http://127.0.0.1:{port}/ (stop with Ctrl-C)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("stopped")


@app.command()
def check(
    stale: Annotated[
        bool,
        typer.Option(
            "--stale",
            help="list rows past their day of review, oldest first; fails if there are any",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the report for machines")] = False,
    typed: Annotated[
        bool,
        typer.Option("--typed", help="only: list typed numbers that follow from facts"),
    ] = False,
    bank: Annotated[
        bool,
        typer.Option("--bank", help="only: can keys be found without reading the question?"),
    ] = False,
    chapter: Annotated[
        str | None,
        typer.Option(help="with --bank: show the cues and items of this chapter alone"),
    ] = None,
) -> None:
    """Check facts, tables, references, bank, chapters, wording, numbers and links; one report."""
    from .checks.report import check_course

    if typed:
        from .checks.typed_numbers import all_typed, diagnostic

        found_typed = all_typed(ROOT)
        for one in found_typed:
            typer.echo(str(diagnostic(one)))
        say(f"{len(found_typed)} typed numbers follow from facts that their places cite")
        return
    if bank:
        from .checks.bank_report import check_bank

        found = check_bank(ROOT, chapter)
        typer.echo(
            json.dumps(found.as_dict(), indent=2, ensure_ascii=False)
            if as_json
            else found.as_text()
        )
        if not found.is_clean:
            raise typer.Exit(1)
        return
    report = check_course(ROOT)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    elif stale:
        for row in report.stale:
            typer.echo(
                f"{row.review_by}  {row.table:<12} {row.id:<14} as of {row.as_of:<10}  {row.what}"
            )
        say(f"{len(report.stale)} rows are due for review")
    else:
        typer.echo(report.as_text())
    if not report.is_clean or (stale and report.stale):
        raise typer.Exit(1)


@app.command()
def changes(
    record: Annotated[
        bool, typer.Option("--record", help="write them into evidence/history, under today's date")
    ] = False,
) -> None:
    """List what changed in facts, laws and help lines since changes were last recorded.

    The page What changed shows the recorded changes.
    """
    from .evidence import history

    found = history.record() if record else history.unrecorded()
    for change in found:
        typer.echo(
            f"{change.table:<20} {change.row:<14} {change.change} {change.field}: "
            f"{change.before} -> {change.after}"
            if change.field
            else f"{change.table:<20} {change.row:<14} {change.change}"
        )
    count = f"{len(found)} {'change is' if len(found) == 1 else 'changes are'}"
    if record:
        say(f"{count} recorded in evidence/history/changes.csv")
    else:
        say(f"{count} {'not recorded yet (course changes --record)' if found else 'open'}")


@app.command()
def live(
    alone: Annotated[
        bool,
        typer.Option("--alone", help="no room: JupyterLab for you alone, on this machine only"),
    ] = False,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare", help="only install what a room needs from the network, then stop"
        ),
    ] = False,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="let people on this machine's network join, with a certificate made for it",
        ),
    ] = False,
    address: Annotated[
        str | None,
        typer.Option(help="address of this machine to serve on; without it the usual one"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="port on this machine; 8000 for a room, 8888 for you alone"
        ),
    ] = None,
    name: Annotated[
        str, typer.Option(help="name of the room, as it is projected; else the course's title")
    ] = "",
    chapters: Annotated[
        str,
        typer.Option(
            help="what everybody has from the start, such as 4 or 4.1,4.2; the last one named opens"
        ),
    ] = "1",
    people: Annotated[
        Path | None,
        typer.Option(
            help="file with the names that may join, one per line; "
            "without it everyone who knows the invitation"
        ),
    ] = None,
    invitation: Annotated[
        str | None, typer.Option(help="the invitation; without it one is made, and kept")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="folder of the room; without it room/ in the course")
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox/--no-sandbox",
            help="run each person's programs in a sandbox; without it nobody's work is private",
        ),
    ] = True,
    no_walls: Annotated[bool, typer.Option("--no-walls", hidden=True)] = False,
    memory: Annotated[int, typer.Option(min=300, help="memory of one person, in MB")] = 2048,
    idle: Annotated[
        int,
        typer.Option(
            min=1,
            help="idle minutes after which a person's server is stopped; their work is kept",
        ),
    ] = 60,
    most: Annotated[
        int, typer.Option(min=1, help="most people with open notebooks at one time")
    ] = 60,
    browser: Annotated[bool, typer.Option(help="open a browser window (alone only)")] = True,
) -> None:
    """Start a workshop hub: a notebook server for each person, quizzes to submit. Stop with Ctrl-C.

    Everyone uses the same address.
    """
    if no_walls:
        say("--no-walls is now called --no-sandbox")
        sandbox = False
    if alone:
        from .live.standalone import start_standalone

        start_standalone(PLAIN, ROOT, ROOT / "my-notebooks", port or 8888, browser, say)
    if prepare:
        from .live.proxy_install import install_proxy

        install_proxy(say)
        say("ready: a room can be opened without a network now")
        return
    from .live.launch import HubOptions, launch_hub

    options = HubOptions(
        **({"name": name} if name else {}),
        port=port or 8000,
        serve=serve,
        address=address,
        chapters=[word for word in chapters.split(",") if word.strip()],
        people=people,
        invitation=invitation,
        sandbox=sandbox,
        memory_mb=memory,
        idle_minutes=idle,
        most=most,
    )
    code = launch_hub(folder or ROOT / "room", ROOT, options, say)
    raise typer.Exit(1 if code else 0)


@app.command()
def slides(
    chapter: Annotated[
        str,
        typer.Argument(
            help="number or name of the chapter, such as 4 or 04-risk; or of a part, such as 4.2"
        ),
    ],
    to: Annotated[
        Path | None, typer.Option(help="file to write; without it exports/slides/CHAPTER.html")
    ] = None,
) -> None:
    """Write a chapter or a part as slides in one file that needs no network; S shows the notes."""
    from .workshops.slides import write_slides

    say(
        f"slides are in {write_slides(chapter, to, ROOT, say)}; "
        "open it in a browser, and press S for the notes"
    )


@app.command()
def workshop(
    chapters: Annotated[str, typer.Option(help="chapters, such as 4,6")],
    minutes: Annotated[int, typer.Option(help="how long it lasts in all", min=20, max=960)] = 90,
    parts: Annotated[
        str,
        typer.Option(
            help="parts to take, such as 4.1,4.3,6.2; without it those on safety and what else fits"
        ),
    ] = "",
    without: Annotated[str, typer.Option(help="parts to leave out, such as 6.5")] = "",
    start: Annotated[
        str, typer.Option(help="when it begins, such as 14:00; without it minutes count from 0:00")
    ] = "",
    tests: Annotated[bool, typer.Option(help="questions before and after")] = True,
    items: Annotated[
        int | None,
        typer.Option(
            help="questions on each of the two papers; without it eight, or one for each "
            "objective if that is more",
            min=1,
        ),
    ] = None,
    seed: Annotated[str, typer.Option(help="another seed chooses other questions")] = "1",
    size: Annotated[str, typer.Option(help="a4 or letter")] = "a4",
    to: Annotated[
        Path | None,
        typer.Option(help="folder of the kit; without it exports/workshop-CHAPTERS-MINUTES"),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="replace a kit that lies there")] = False,
) -> None:
    """Write a workshop kit: agenda, slides, handout, tests, ground rules, help and checklist."""
    from .workshops.kit import KitOptions, make_workshop

    listed = [
        [word.strip() for word in words.split(",") if word.strip()]
        for words in (chapters, parts, without)
    ]
    options = KitOptions(
        chapters=listed[0],
        minutes=minutes,
        parts=listed[1],
        without=listed[2],
        start=start,
        items=items,
        tests=tests,
        seed=seed,
        size=size,
        to=to,
        again=again,
    )
    folder, packed, agenda = make_workshop(ROOT, options, say)
    for at, length, what, _ in agenda.rows:
        typer.echo(f"  {agenda.clock(at):>5}  {length:>3} min  {what}")
    if agenda.left_out:
        say(
            "left out for time: "
            + ", ".join(
                f"{part.number} {part.title} ({part.minutes} min)" for part in agenda.left_out
            )
        )
    say(f"the kit is in {folder}, and packed in {packed}; open {folder / 'index.html'}")


@app.command()
def collect(
    quiz: Annotated[str, typer.Argument(help="name of the quiz, such as 02-pharmacology")],
    archives: Annotated[
        list[Path] | None,
        typer.Argument(
            help="zip files or notebooks, or folders of them; without any the exchange is read"
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--from",
            help="student (a file for each, named after the student), moodle, canvas or nbgrader",
        ),
    ] = "student",
    room: Annotated[
        Path | None, typer.Option(help="folder of a workshop, to collect from its exchange")
    ] = None,
    check_owner: Annotated[
        bool,
        typer.Option(help="a folder of the exchange must belong to the account it is named after"),
    ] = True,
    trust_names: Annotated[
        bool,
        typer.Option("--trust-names", help="take the times that folders of the exchange name"),
    ] = False,
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Collect what was submitted for a quiz: no link is followed, and nobody can change it later.

    Ends with 0, and with 3 where a submission was rejected.
    """
    from .grading.autograde.instructor_version import CourseLayout
    from .grading.collect.collector import collect as collect_submissions
    from .grading.collect.collector import collect_lines

    here = folder or (
        Path.cwd() if (Path.cwd() / "nbgrader_config.py").exists() else ROOT / "quizzes"
    )
    layout = CourseLayout(here, db)
    rows = collect_submissions(
        layout,
        quiz,
        archives or [],
        form,
        room / "exchange" / layout.course_id / "inbound" if room else None,
        check_owner and room is None,
        trust_names,
    )
    for line in collect_lines(quiz, rows):
        typer.echo(line)
    if any(row.state == "rejected" for row in rows):
        raise typer.Exit(3)


@app.command()
def grade(
    quiz: Annotated[str, typer.Argument(help="name of the quiz, such as 02-pharmacology")],
    student: Annotated[str | None, typer.Option(help="mark this student alone")] = None,
    regrade: Annotated[
        bool,
        typer.Option(
            "--regrade", help="mark again what was marked before; marks that a person gave stay"
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="mark all that is there, but write nothing down")
    ] = False,
    sandbox: Annotated[
        str,
        typer.Option(
            help="bubblewrap; or values, which runs nothing and leaves submissions with code for "
            "later; or none, for work of people you trust: it runs as you"
        ),
    ] = "bubblewrap",
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="a Dask cluster that exists, tcp://...; without it one is started on this machine"
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="processes on this machine; without it one for each processor"),
    ] = None,
    db: Database = None,
    folder: Folder = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help="a limit of a submission as name=value, such as cell_seconds=20; again for more"
        ),
    ] = None,
    forbid_tests_in_kernel: Annotated[
        bool,
        typer.Option(
            "--forbid-tests-in-kernel",
            help="stop where a test cell would run in the same process as the student's code",
        ),
    ] = False,
    forbid_inside: Annotated[bool, typer.Option("--forbid-inside", hidden=True)] = False,
) -> None:
    """Grade the submissions of a quiz in a sandbox, and write the scores into nbgrader's gradebook.

    Exits with 0, with 3 if someone should look at a submission, and with 1 if nothing was graded.
    """
    from .grading.autograde.early_sandbox import start_early
    from .grading.sandbox.limits import limits_from

    if sandbox not in ("bubblewrap", "values", "none"):
        fail(f"--sandbox {sandbox} is unknown. Fix: bubblewrap, values or none")
    if forbid_inside:
        say("--forbid-inside is now called --forbid-tests-in-kernel")
    here = folder or (
        Path.cwd() if (Path.cwd() / "nbgrader_config.py").exists() else ROOT / "quizzes"
    )
    limits = limits_from(limit or [])
    # Before the grader is imported, which takes as long as the sandbox takes to start.
    started = None
    if sandbox == "bubblewrap" and scheduler is None and workers in (None, 1):
        started = start_early(here, quiz, limits, student, regrade or dry_run)
    from .grading.autograde.light_nbgrader import use_light_nbgrader

    use_light_nbgrader()
    from .grading.autograde.instructor_version import CourseLayout
    from .grading.autograde.runner import grade_assignment
    from .grading.autograde.summary import GradingProgress, report_lines

    with GradingProgress() as progress:
        report = grade_assignment(
            CourseLayout(here, db),
            quiz,
            progress.each,
            student=student,
            regrade=regrade,
            dry=dry_run,
            isolation=sandbox,
            scheduler=scheduler,
            workers=workers,
            limits=limits,
            started=started,
            allow_tests_in_kernel=not (forbid_tests_in_kernel or forbid_inside),
        )
    for line in report_lines(report):
        typer.echo(line)
    if report.needs_attention:
        raise typer.Exit(3)


@app.command()
def report(
    quiz: Annotated[str, typer.Argument(help="name of the quiz, such as 02-pharmacology")],
    names: Annotated[
        bool, typer.Option("--names", help="name the students, with their points")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            help="folder of the report; without it reports/QUIZ beside nbgrader_config.py"
        ),
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            help="gradebook as nbgrader writes it; without it the one of nbgrader_config.py"
        ),
    ] = None,
    folder: Folder = None,
) -> None:
    """Analyse a graded quiz: facility, item-total correlation, answers chosen, reliability."""
    from .grading.autograde.instructor_version import CourseLayout
    from .grading.autograde.summary import Bar
    from .grading.item_analysis.analysis import analyse
    from .grading.item_analysis.class_results import read_class_results
    from .grading.item_analysis.report_page import write_report

    layout = CourseLayout(
        folder
        or (Path.cwd() if (Path.cwd() / "nbgrader_config.py").exists() else ROOT / "quizzes"),
        db,
    )
    with Bar("graded notebook") as bar:
        book = read_class_results(layout, quiz, bar.show)
    found = analyse(book)
    page = write_report(found, to or layout.root / "reports" / quiz, names)
    say(f"{found.students} students, {len(found.questions)} questions; open {page}")
    if found.is_small:
        say("a small class: read the intervals, not the numbers")


@quiz.command("build")
def quiz_build() -> None:
    """Remake the notebooks of all assignments in quizzes/source from the bank."""
    written = build_all(ROOT / "quizzes", keep=False)
    for path in written:
        say(f"wrote {path.relative_to(ROOT)}")
    if not written:
        say("quizzes/source is what the assignments and the bank make; nothing to do")


@quiz.command("new")
def quiz_new(
    chapter: Annotated[str, typer.Argument(help="chapter, such as 02-pharmacology")],
    kind: Annotated[
        str, typer.Argument(help="choice, choices, number, order, match, code or text")
    ],
    item_id: Annotated[
        str | None,
        typer.Option("--id", help="id of the item, for ever; without it the next free one"),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(help="objective that it tests; without it the first of the chapter"),
    ] = None,
    use: Annotated[str, typer.Option(help="check, for the page; or graded")] = "check",
    only_print: Annotated[
        bool, typer.Option("--print", help="print it and leave the bank alone")
    ] = False,
) -> None:
    """Add a new item to a chapter's bank, with TODO where you have to write."""
    from .authoring.new_item import insert_item, new_item

    path, name, text = new_item(chapter, kind, item_id, objective, use)
    if only_print:
        typer.echo(text, nl=False)
        return
    insert_item(path, name, text)
    say(
        f"added {name} to {path}; replace each TODO. "
        f"To see it while you write: course quiz preview {chapter}"
    )


@quiz.command("preview")
def quiz_preview(
    chapter: Annotated[str, typer.Argument(help="chapter, such as 02-pharmacology")],
    port: Annotated[int, typer.Option(help="port on this machine")] = 8010,
) -> None:
    """Show a chapter's items with keys, on this machine only; reloads when you save the bank."""
    from .authoring.new_item import bank_path
    from .authoring.preview import preview_server

    path = bank_path(chapter)
    try:
        server = preview_server(path, port)
    except OSError as error:
        fail(
            f"port {port} can't be used ({error.strerror}). "
            f"Fix: course quiz preview {chapter} --port {port + 1}"
        )
    say(
        f"{path.name} is at http://127.0.0.1:{port}/ and reloads when you save it "
        "(stop with Ctrl-C)"
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("stopped")


@quiz.command("cover")
def quiz_cover(
    sheets: Annotated[
        list[Path], typer.Argument(help="file to write, or with --score the files to count")
    ],
    chapter: Annotated[
        str | None, typer.Option(help="only this chapter, such as 02-pharmacology")
    ] = None,
    score: Annotated[
        bool, typer.Option("--score", help="count the guesses on filled-in sheets")
    ] = False,
) -> None:
    """Print options without their questions, for someone to guess the keys; count the guesses.

    Give a sheet to someone who hasn't seen the questions. An item whose key they find can be passed
    without knowing anything.
    """
    from .checks.cover import cover_sheet, score_sheets
    from .files import write_atomic
    from .quiz.bank import load_banks

    banks = load_banks()
    if chapter and chapter not in banks:
        fail(f"there is no bank {chapter}. Fix: one of {', '.join(banks)}")
    chosen = [banks[chapter]] if chapter else list(banks.values())
    if score:
        for sheet in sheets:
            if not sheet.is_file():
                fail(f"there is no file {sheet}. Fix: course quiz cover {sheet} writes a sheet")
        typer.echo(score_sheets(banks.values(), sheets).as_text())
        return
    for sheet in sheets:
        if sheet.exists():
            fail(f"{sheet} is already there. Fix: course quiz cover --score {sheet} counts it")
        write_atomic(sheet, cover_sheet(chosen, secrets.token_hex(4)))
        say(f"wrote {sheet}; when it's filled in: course quiz cover --score {sheet}")


@quiz.command("schema")
def quiz_schema() -> None:
    """Write the JSON Schema of bank files, for editors."""
    from .quiz.schema import write_schema

    say(f"wrote {write_schema(ROOT / 'quizzes' / 'bank.schema.json').relative_to(ROOT)}")


@export_app.command("quiz")
def export_quiz(
    form: Annotated[
        str,
        typer.Argument(
            help="a format of `course export formats`, exam (PDF with its answer key), "
            "or parallel (two forms of an exam)"
        ),
    ],
    chapters: Annotated[
        list[str],
        typer.Argument(help="chapter, such as 02-pharmacology or 02; exam and parallel take more"),
    ],
    use: Annotated[
        str, typer.Option(help="graded, or check for the items that the page shows")
    ] = "graded",
    to: Annotated[Path, typer.Option(help="folder for the files")] = Path("exports"),
    item: Annotated[
        list[str] | None,
        typer.Option(help="id of an item to export; repeat for more (default: all)"),
    ] = None,
    items: Annotated[int, typer.Option(help="parallel: number of items in each form")] = 14,
    seed: Annotated[
        str | None,
        typer.Option(help="exam and parallel: fixes the order and the choice of items"),
    ] = None,
    size: Annotated[str, typer.Option(help="exam and parallel: a4 or letter")] = "a4",
    also: Annotated[
        list[str] | None,
        typer.Option(help="parallel: write this format as well; repeat for more"),
    ] = None,
) -> None:
    """Export a chapter's items for a learning management system, as flash cards, or as an exam."""
    from .exports.quizzes import export_exam, export_parallel_forms
    from .exports.quizzes import export_quiz as write

    if form == "paper":
        fail("the format 'paper' is now called 'exam'. Fix: course export quiz exam ...")
    if form == "parallel":
        say("choosing items for two forms and typesetting them")
        paths, forms = export_parallel_forms(
            chapters, items, "1" if seed is None else seed, use, to, size, also or []
        )
        points = sum(one.points for one in forms[0])
        summary = f"form A and form B, {len(forms[0])} items and {points:g} points each"
    elif form == "exam":
        say("typesetting the exam and its answer key")
        paths, count = export_exam(chapters, use, to, seed, size, item or [])
        summary = f"{count} items"
    elif len(chapters) != 1:
        fail(f"{form} takes one chapter. Fix: run the command once for each chapter")
    else:
        export = write(form, chapters[0], use, to, ROOT / "book" / "glossary.md", item or [])
        paths = [export.path]
        summary = f"{export.count} {'cards' if form == 'anki' else 'items'}"
        for item_id, kind in export.skipped:
            say(f"left out {item_id}: {form} has no question of the kind '{kind}'")
    for path in paths:
        say(f"wrote {path} with {summary}")


@export_app.command("cartridge")
def export_cartridge(
    to: Annotated[Path, typer.Option(help="folder for the file")] = Path("exports"),
) -> None:
    """Export the whole course as one IMS Common Cartridge 1.3 for a learning management system.

    With the address of the published course in COURSE_URL, it links to the pages there; otherwise
    it contains the pages of the built book, without scripts.
    """
    from .evidence import load_course
    from .exports.course_cartridge import export_course_cartridge

    url = os.environ.get("COURSE_URL", "").strip()
    say("linking to the published pages" if url else "taking the pages of the built book")
    target = to / f"{load_course().slug}.imscc"
    made = export_course_cartridge(ROOT, SITE, target, url)
    for chapter in dict.fromkeys(chapter for chapter, _id, _kind in made.skipped):
        kinds = Counter(kind for where, _id, kind in made.skipped if where == chapter)
        left_out = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        say(f"left out of the quiz {chapter}, because the format has no such question: {left_out}")
    pages = f"{made.pages} {'links' if url else 'pages'}"
    quizzes = f"{made.quizzes} quizzes ({made.questions} questions)"
    say(f"wrote {made.path} with {pages}, {quizzes} and {made.data_files} data files")


@export_app.command("formats")
def export_formats() -> None:
    """List the formats for `course export quiz`, and what changes in each."""
    from .exports import exporters

    for exporter in exporters().values():
        typer.echo(f"{exporter.name:<11} {exporter.title}; {' and '.join(exporter.uses)} items")
        for feature, change in exporter.lossy.items():
            typer.echo(f"{'':<11}   {feature}: {change}")


@export_app.command("book")
def export_book(
    form: Annotated[str, typer.Argument(help="pdf or epub")],
    paper: Annotated[str, typer.Option(help="for pdf: a4 or letter")] = "a4",
) -> None:
    """Write the built book as one file to take along, and link it from every page."""
    from .exports.downloads import export_book as make
    from .site.publish.download_links import link_downloads

    say(
        f"making the {form}"
        + ("; printing some hundred pages takes a minute or more" if form == "pdf" else "")
    )
    path, count = make(form, ROOT, SITE, paper)
    link_downloads(SITE)
    say(f"wrote {path.relative_to(ROOT)} with {count} pages; every page of the site links to it")


@words_app.command("extract")
def words_extract(
    to: Annotated[Path, typer.Option(help="folder for the templates")] = ROOT / "locale" / "pot",
) -> None:
    """Write gettext templates of every text: pages, chapters, questions, data, interface."""
    from .locales.messages import write_templates

    counts = write_templates(ROOT, to)
    say(f"wrote {len(counts)} templates with {sum(counts.values()):,} messages into {to}")


@words_app.command("update")
def words_update(
    code: Annotated[str, typer.Argument(help="code of the language, such as es or pt_BR")],
) -> None:
    """Start a language, or update its catalogues from the sources; translations are kept."""
    from .locales.messages import update

    counts = update(ROOT, code)
    done, everything = (sum(column) for column in zip(*counts.values(), strict=True))
    say(
        f"locale/{code}: {done:,} of {everything:,} messages are translated, in {len(counts)} files"
    )


@words_app.command("pseudo")
def words_pseudo() -> None:
    """Make the two pseudo-languages, which show what is not translated and what does not fit."""
    from .locales.messages import write_pseudo

    for code in write_pseudo(ROOT):
        say(f"made locale/{code}; build it with: course book --language {code} --draft")


@export_app.command("grades")
def export_grades(
    source: Annotated[
        Path | None,
        typer.Argument(help="a file of nbgrader export; without it the gradebook", exists=True),
    ] = None,
    shape: Annotated[
        str, typer.Option("--for", help="canvas, moodle, blackboard or plain")
    ] = "canvas",
    to: Annotated[Path, typer.Option(help="file to write")] = Path("grades-to-import.csv"),
    folder: Folder = None,
    db: Database = None,
) -> None:
    """Write the grades of the gradebook as the file that an LMS imports, or as a plain table."""
    from .exports.grades import FORMS, grades_of_csv, grades_of_gradebook
    from .exports.quizzes import export_grades as write
    from .grading.autograde.instructor_version import CourseLayout

    if shape not in FORMS:
        fail(f"'{shape}' is unknown. Fix: --for and one of {', '.join(sorted(FORMS))}")
    if source is not None:
        grades = grades_of_csv(source)
    else:
        here = folder or (
            Path.cwd() if (Path.cwd() / "nbgrader_config.py").exists() else ROOT / "quizzes"
        )
        layout = CourseLayout(here, db)
        grades = grades_of_gradebook(layout.db_url, layout.course_id)
    path, count = write(grades, shape, to)
    say(f"wrote {path} with {count} rows")


@export_app.command("passback")
def export_passback(
    quizzes: Annotated[
        list[str] | None, typer.Argument(help="quizzes to send; without any, all of them")
    ] = None,
    folder: Folder = None,
    db: Database = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="print the public key for the LMS, and send nothing")
    ] = False,
) -> None:
    """Send the grades of the gradebook to an LMS by LTI 1.3, as `lti.yml` says."""
    from .exports.grades import grades_of_gradebook
    from .exports.passback import public_keys, read_platform, send_grades, with_launch_ids

    platform = read_platform(course_folder(folder))
    if keys:
        typer.echo(public_keys(platform))
        return
    layout = course_layout(folder, db)
    grades = with_launch_ids(grades_of_gradebook(layout.db_url, layout.course_id))
    made = send_grades(platform, grades, quizzes or ())
    say(f"sent {len(made.sent)} scores to {platform.issuer}")
    for student in made.unknown:
        say(f"not sent: {student} has no lms_user_id (course class import adds it)")
    for quiz, student, answer in made.refused:
        say(f"refused: {quiz}, {student}: {answer}")
    if made.unknown or made.refused:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; a CourseError is printed as lines, without a traceback."""
    # At its end Python looks for garbage among all that lives: a third of a second.
    atexit.register(gc.freeze)
    try:
        app()
    except CourseError as error:
        for problem in error.diagnostics:
            typer.echo(f"[course] {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
