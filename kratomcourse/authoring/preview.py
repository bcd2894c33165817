"""The quiz of one bank in a browser on this machine, made anew whenever the file is saved; what is wrong with it stands in the page.

Serves graded items with their keys, so it binds to loopback and answers to no other name.
"""

import hashlib
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..evidence import load_facts
from ..errors import CourseError, Diagnostic, did_you_mean, shown_path
from ..quiz.bank import banks_dir, load_bank
from ..quiz.html import STATIC, render_item
from ..quiz.lint import lint

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
.problem, .finding { border-left: 5px solid #a4262c; padding: .5rem .9rem; margin: .8rem 0; background: rgb(127 127 127 / .12); }
.finding { border-left-color: #b84a00; }
.about { font-size: .88rem; margin: 1.4rem 0 -.6rem; }
code { overflow-wrap: anywhere; }
"""
# Asks twice a second whether the file was saved; the place on the page stays.
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
    document.getElementById("state").textContent = "The preview was stopped. Start it again to go on.";
  }
}, 500);
"""


def bank_path(chapter, folder=None):
    folder = folder or banks_dir()
    path = folder / f"{chapter}.yml"
    if not path.exists():
        names = sorted(other.stem for other in folder.glob("*.yml"))
        raise CourseError(
            Diagnostic(
                shown_path(path),
                "there is no such bank.",
                did_you_mean(chapter, names) or f"one of {', '.join(names)}",
            )
        )
    return path


def preview_page(path):
    """HTML of all items of a bank, or of what is wrong with the file."""
    try:
        bank = load_bank.__wrapped__(path)  # not from memory: it was just saved
        problems, body = [], items_html(bank)
        title = bank.title
    except CourseError as error:
        problems, body, title = error.diagnostics, "", path.stem
    except UnicodeDecodeError:
        problems, body, title = (
            [Diagnostic(shown_path(path), "is not UTF-8 text.", "save it as UTF-8")],
            "",
            path.stem,
        )
    told = "".join(problem_html(problem) for problem in problems)
    count = (
        f'<p role="alert"><strong>{len(problems)} to mend.</strong> The items are shown again when the file holds.</p>'
        if problems
        else ""
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Preview: {escape(title)}</title>'
        f'<link rel="stylesheet" href="/quiz.css"><link rel="stylesheet" href="/preview.css"></head><body data-version="{version(path)}"><main><h1>{escape(title)}</h1>'
        f'<p><code>{escape(shown_path(path))}</code>; this page follows each time you save it. <strong id="state" role="status"></strong></p>{count}{told}{body}</main>'
        '<script src="/quiz.js"></script><script src="/preview.js"></script></body></html>'
    )


def problem_html(problem):
    place = problem.file if problem.line is None else f"{problem.file}, line {problem.line}"
    item = f" <code>{escape(problem.item)}</code>" if problem.item else ""
    mend = f"<br><strong>Fix:</strong> {escape(problem.hint)}" if problem.hint else ""
    return f'<div class="problem"><strong>{escape(place)}</strong>{item}<br>{escape(problem.message)}{mend}</div>'


def items_html(bank):
    """Each objective with its items as a page shows them, and the linter's findings at the item."""
    findings = {}
    for finding in lint(bank):
        findings.setdefault(finding.item, []).append(
            f'<div class="finding"><strong>{escape(finding.rule)}</strong>: {escape(finding.message)}<br><strong>Fix:</strong> {escape(finding.hint)}</div>'
        )
    parts = []
    for objective in bank.objectives:
        parts.append(f"<h2>{escape(objective.text)}</h2>")
        for number, item in enumerate(
            (item for item in bank.items if item.objective == objective.id), 1
        ):
            use = "graded: never in a page" if item.is_graded else "check: shown in the page"
            parts.append(
                f'<p class="about"><code>{item.id}</code>, {item.level}, {use}</p><div class="quiz">{render_item(item, number)}</div>{"".join(findings.get(item.id, []))}'
            )
    return "".join(parts)


def version(path):
    """Changes when the bank does; a changed fact needs the command anew."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return "gone"


def preview_server(path, port):
    """HTTP server of the preview on loopback, not yet running; OSError where the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.headers.get("Host", "").rpartition(":")[0] not in ("127.0.0.1", "localhost"):
                return self.send_error(403, "only for this machine")
            made = {
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
            }.get(self.path.partition("?")[0])
            if made is None:
                return self.send_error(404)
            kind, text = made()
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

        def log_message(self, *arguments):
            pass

    load_facts()  # before the first page, so that a broken fact is told in the terminal
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
