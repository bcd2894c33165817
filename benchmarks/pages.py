"""How heavy are the pages? Ours and a plain Jupyter Book of the same notebooks, side by side, as
Chromium asks for them.

    python benchmarks/pages.py                    both books; two minutes and more, because the
    plain one is built first python benchmarks/pages.py --ours-only        all chapters of ours, no
    other build

A server on this machine sends everything gzipped as a host does and writes down what was asked.
`first` is a visit with nothing in the browser's cache, `next` the page after it, once all that
pages share is there. Bytes are of bodies; pictures stand apart, and only those that the reader has
scrolled to are fetched. The copy for reading without a connection is switched off for the
measurement: it comes when all else is done.

The plain book has the notebooks with their outputs and nothing of ours: no quizzes, no entries of
facts and
works, no cards. So its pages hold less than ours.
"""

import argparse
import collections
import gzip
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

KINDS = {
    ".html": "HTML",
    ".css": "CSS",
    ".js": "JavaScript",
    ".woff2": "font",
    ".ttf": "font",
    ".svg": "picture",
    ".png": "picture",
    ".webmanifest": "other",
}
TEXT = ("HTML", "CSS", "JavaScript", "font")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--ours-only", action="store_true")
    options.add_argument("--page", default="notebooks/04-risk/1-how-many-people-use-kratom.html")
    options.add_argument("--then", default="notebooks/06-harm-reduction/index.html")
    options.add_argument("--json", action="store_true", help="the table for machines")
    chosen = options.parse_args()
    ours = ROOT / "_build" / "html"
    if not (ours / chosen.page).exists():
        sys.exit("the book is not built yet. Fix: make book")
    with tempfile.TemporaryDirectory() as folder:
        books = (
            {"ours": ours}
            if chosen.ours_only
            else {"ours": ours, "plain Jupyter Book": plain_book(Path(folder))}
        )
        results = {name: visit(site, chosen.page, chosen.then) for name, site in books.items()}
        if chosen.json:
            return print(json.dumps(results, indent=1))
        print(f"first visit: {chosen.page}; next page: {chosen.then}\n")
        table(results)
        print()
        each_page(ours)


def plain_book(folder):
    """Jupyter Book as it comes, of the notebooks as they were executed for ours."""
    source = folder / "source"
    (source / "notebooks").mkdir(parents=True)
    print("building a plain Jupyter Book of the same notebooks (a minute or two)", file=sys.stderr)
    shutil.copytree(ROOT / "notebooks", source / "notebooks", dirs_exist_ok=True)
    # The cache of executed cells knows a notebook by its code, so nothing is executed again.
    caches = sorted((ROOT / "_build" / ".jupyter_cache").glob("*"))
    chapters = "".join(
        f"  - file: {path.relative_to(source).with_suffix('')}\n"
        for path in sorted((source / "notebooks").glob("*/*.ipynb"))
    )
    (source / "index.md").write_text("# Kratom and Harm Reduction\n", encoding="utf-8")
    (source / "_toc.yml").write_text(
        f"format: jb-book\nroot: index\nchapters:\n{chapters}", encoding="utf-8"
    )
    cache = f"\n  cache: {caches[-1]}" if caches else ""
    (source / "_config.yml").write_text(
        "title: Kratom and Harm Reduction\nonly_build_toc_files: true\nexecute:\n  "
        f"execute_notebooks: cache{cache}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", "--path-output", folder, source],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"the plain book could not be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return folder / "_build" / "html"


class Counting(http.server.SimpleHTTPRequestHandler):
    """Sends gzip, lets the browser keep what is no page, and writes down each answer."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            return self.send_error(404)
        kind = KINDS.get(path.suffix, "other")
        raw = path.read_bytes()
        body = gzip.compress(raw, 6, mtime=0) if kind != "font" and path.suffix != ".png" else raw
        self.server.asked.append((kind, len(raw), len(body), self.path))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        if body is not raw:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "no-cache" if kind == "HTML" else "max-age=600")
        self.end_headers()
        self.wfile.write(body)


def serve(site):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *a, **k: Counting(*a, directory=site, **k)
    )
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def visit(site, page, then):
    """{"first" or "next": {kind: [requests, raw bytes, gzip bytes]}}, and addresses of other hosts
    that were asked for.
    """
    from conftest import CHROMIUM
    from playwright.sync_api import sync_playwright

    server, address = serve(site)
    away = []
    with sync_playwright() as playwright:
        # Other hosts are counted, and no name leads to one. Routing them would switch the browser's
        # cache off.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        context = browser.new_context(
            viewport={"width": 390, "height": 800}, service_workers="block"
        )
        context.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:", "blob:")) or away.append(request.url)
            ),
        )
        opened = context.new_page()
        found = {}
        for moment, name in (("first", page), ("next", then)):
            server.asked.clear()
            opened.goto(f"{address}/{name}", wait_until="networkidle")
            sums = collections.defaultdict(lambda: [0, 0, 0])
            for kind, raw, sent, _ in server.asked:
                for at, value in enumerate((1, raw, sent)):
                    sums[kind][at] += value
            found[moment] = dict(sums)
        browser.close()
    server.shutdown()
    found["other hosts"] = sorted(set(away))
    return found


def table(results):
    print(
        f"{'':12}"
        + "".join(f"{name + ', ' + moment:>38}" for name in results for moment in ("first", "next"))
    )
    print(f"{'kB':12}" + f"{'requests':>14}{'raw':>12}{'gzip':>12}" * 2 * len(results))
    kinds = [*TEXT, "picture", "other"]
    for kind in kinds:
        print(
            f"{kind:12}"
            + "".join(
                cells(found[moment].get(kind, [0, 0, 0]))
                for found in results.values()
                for moment in ("first", "next")
            )
        )
    for words, of in (("without pictures", TEXT), ("all", kinds)):
        sums = [
            [sum(found[moment].get(kind, [0, 0, 0])[at] for kind in of) for at in range(3)]
            for found in results.values()
            for moment in ("first", "next")
        ]
        print(f"{words:12}"[:12] + "".join(map(cells, sums)))
    for name, found in results.items():
        print(
            f"{name}: {len(found['other hosts'])} addresses of other hosts asked for "
            f"{' '.join(found['other hosts'])}"
        )
    if len(results) == 2:
        first, second = (
            [
                sum(found[moment].get(kind, [0, 0, 0])[2] for kind in TEXT)
                for moment in ("first", "next")
            ]
            for found in results.values()
        )
        print(
            f"ratio plain / ours, gzip without pictures: first {second[0] / first[0]:.1f}, "
            f"next {second[1] / first[1]:.2f}"
        )


def cells(values):
    return f"{values[0]:>14}{values[1] / 1000:>12.1f}{values[2] / 1000:>12.1f}"


def each_page(site):
    print(f"{'page (gzip kB)':72}{'HTML':>8}")
    packed = lambda path: (
        len(gzip.compress(path.read_bytes(), 6, mtime=0)) / 1000 if path.exists() else 0
    )
    for path in sorted([*site.glob("notebooks/*/*.html"), *site.glob("book/*.html")]):
        print(f"{path.relative_to(site).as_posix():72}{packed(path):>8.1f}")


if __name__ == "__main__":
    main()
