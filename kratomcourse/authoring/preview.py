"""Preview one bank in a browser on this machine; the page reloads when the file is saved.

The page shows mistakes in the file. It includes graded items with their keys, so the server binds
to loopback and answers to no other host name.
"""

import hashlib
from collections.abc import Callable, Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ..errors import CourseError, Diagnostic, shown_path
from ..evidence import load_facts
from ..quiz.bank import Bank, load_bank
from ..quiz.html import STATIC, render_item
from ..quiz.lint import lint

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
.problem, .finding { border-left: 5px solid #a4262c; padding: .5rem .9rem; margin: .8rem 0;
  background: rgb(127 127 127 / .12); }
.finding { border-left-color: #b84a00; }
.about { font-size: .88rem; margin: 1.4rem 0 -.6rem; }
code { overflow-wrap: anywhere; }
"""
# Polls twice a second for a saved file and keeps the scroll position.
SCRIPT = """
const place = sessionStorage.getItem("place");
if (place) scrollTo(0, Number(place));
addEventListener("scroll", () => sessionStorage.setItem("place", scrollY));
const shown = document.body.dataset.version;
setInterval(async () => {
  try {
    const now = await (await fetch("/version", { cache: "no-store" })).text();
    if (now !== shown) location.reload();
    document.getElementById("state").textContent = "";
  } catch {
    document.getElementById("state").textContent =
      "The preview has stopped. Start it again to continue.";
  }
}, 500);
"""


def preview_page(path: Path) -> str:
    """Return the HTML of all items of a bank, or of the mistakes in its file."""
    problems: Sequence[Diagnostic] = []
    try:
        bank = load_bank.__wrapped__(path)  # not from the cache: it was just saved
        body = items_html(bank)
        title = bank.title
    except CourseError as error:
        problems, body, title = error.diagnostics, "", path.stem
    listed = "".join(problem_html(problem) for problem in problems)
    count = (
        f'<p role="alert"><strong>{len(problems)} to fix.</strong> '
        "The items come back when the file is valid.</p>"
        if problems
        else ""
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Preview: {escape(title)}</title>"
        '<link rel="stylesheet" href="/quiz.css"><link rel="stylesheet" href="/preview.css"></head>'
        f'<body data-version="{version(path)}"><main><h1>{escape(title)}</h1>'
        f"<p><code>{escape(shown_path(path))}</code>; this page reloads each time you save it. "
        f'<strong id="state" role="status"></strong></p>{count}{listed}{body}</main>'
        '<script src="/quiz.js"></script><script src="/preview.js"></script></body></html>'
    )


def problem_html(problem: Diagnostic) -> str:
    """Return one diagnostic as HTML."""
    place = problem.file if problem.line is None else f"{problem.file}, line {problem.line}"
    item = f" <code>{escape(problem.item)}</code>" if problem.item else ""
    fix = f"<br><strong>Fix:</strong> {escape(problem.hint)}" if problem.hint else ""
    return (
        f'<div class="problem"><strong>{escape(place)}</strong>{item}<br>'
        f"{escape(problem.message)}{fix}</div>"
    )


def items_html(bank: Bank) -> str:
    """Return each objective with its items, and what the linter finds in each item."""
    findings: dict[str, list[str]] = {}
    for finding in lint(bank):
        findings.setdefault(finding.item, []).append(
            f'<div class="finding"><strong>{escape(finding.rule)}</strong>: '
            f"{escape(finding.message)}<br><strong>Fix:</strong> {escape(finding.hint)}</div>"
        )
    parts = []
    for objective in bank.objectives:
        parts.append(f"<h2>{escape(objective.text)}</h2>")
        for number, item in enumerate(
            (item for item in bank.items if item.objective == objective.id), 1
        ):
            use = "graded: never in a page" if item.is_graded else "check: shown in the page"
            parts.append(
                f'<p class="about"><code>{item.id}</code>, {item.level}, {use}</p>'
                f'<div class="quiz">{render_item(item, number)}</div>'
                + "".join(findings.get(item.id, []))
            )
    return "".join(parts)


def version(path: Path) -> str:
    """Return a hash of the bank's file, or `gone`; a changed fact needs the command run again."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return "gone"


def preview_server(path: Path, port: int) -> ThreadingHTTPServer:
    """Return a server on loopback, not yet running; OSError if the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Host", "").rpartition(":")[0] not in ("127.0.0.1", "localhost"):
                self.send_error(403, "only for this machine")
                return
            answers: dict[str, Callable[[], tuple[str, str]]] = {
                "/": lambda: ("text/html", preview_page(path)),
                "/version": lambda: ("text/plain", version(path)),
                "/preview.js": lambda: ("text/javascript", SCRIPT),
                "/preview.css": lambda: ("text/css", STYLE),
                "/quiz.js": lambda: (
                    "text/javascript",
                    (STATIC / "quiz.js").read_text(encoding="utf-8"),
                ),
                "/quiz.css": lambda: (
                    "text/css",
                    (STATIC / "quiz.css").read_text(encoding="utf-8"),
                ),
            }
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                self.send_error(404)
                return
            kind, text = answer()
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.send_header(
                "Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'"
            )
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    load_facts()  # before the first page, so that the terminal shows a broken fact
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
