"""Brings the site's links to its downloads, and the list of an offline copy, up to date with the
files that are there.
"""

from pathlib import Path

from ...files import write_atomic
from ..postprocess.footer import with_downloads
from .service_worker import write_worker


def link_downloads(site: Path) -> None:
    """Rewrite the foot of each page where files to download came or went, then the service
    worker.
    """
    site = Path(site)
    for path in [*site.glob("*.html"), *site.glob("book/*.html"), *site.glob("notebooks/*/*.html")]:
        html = path.read_text(encoding="utf-8")
        write_atomic(path, with_downloads(html, site, path.relative_to(site).as_posix()))
    if (site / "sw.js").exists():
        write_worker(site)
