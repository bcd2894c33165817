"""What search engines and messengers are told of a page, where the address of the site is known and
where it is not.
"""

import re
from types import SimpleNamespace

import pytest

from kratomcourse.site.publish import page_metadata

APP = SimpleNamespace(
    config=SimpleNamespace(project="Kratom and Harm Reduction", root_doc="book/index"),
    builder=SimpleNamespace(name="html"),
)


def tags_of(page, title="Risk"):
    context = {"title": title}
    page_metadata.add_tags(APP, page, "page.html", context, None)
    return context["metatags"]


@pytest.mark.parametrize("language, folder", [("en", ""), ("es", "es/")])
@pytest.mark.parametrize(
    "url", ["https://example.org/course/2026-autumn", "https://example.org/course/2026-autumn/"]
)
def test_a_page_names_its_own_full_address_where_the_site_has_one(
    monkeypatch, url, language, folder
):
    monkeypatch.setenv("COURSE_URL", url)
    monkeypatch.setenv("COURSE_LANGUAGE", language)
    tags, address = (
        tags_of("notebooks/04-risk/index"),
        f"https://example.org/course/2026-autumn/{folder}notebooks/04-risk/index.html",
    )
    assert re.findall(r'<link rel="canonical" href="([^"]*)" />', tags) == [address]
    assert re.findall(r'property="og:url" content="([^"]*)"', tags) == [address]
    assert (
        'property="og:image" '
        'content="https://example.org/course/2026-autumn/_static/course-card.png"' in tags
    )


def test_without_an_address_nothing_is_made_up(monkeypatch):
    monkeypatch.delenv("COURSE_URL", raising=False)
    tags = tags_of("notebooks/04-risk/index")
    assert (
        "canonical" not in tags
        and "og:url" not in tags
        and "://" not in tags
        and 'property="og:title" content="Risk"' in tags
    )


def test_a_title_is_its_words_without_markup():
    title = '<span class="part-number">4.2</span> A &amp; "B"'
    assert 'property="og:title" content="4.2 A &amp; &quot;B&quot;"' in tags_of("a", title)


def test_the_site_map_lists_pages_to_read_and_the_page_of_errors_begins_at_the_site(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("COURSE_URL", "https://example.org/course")
    for name in (
        "index",
        "search",
        "book/index",
        "notebooks/04-risk/index",
        "notebooks/04-risk",
        "lite/lab/index",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.html").write_text("<p>x</p>", encoding="utf-8")
    app = SimpleNamespace(**vars(APP), outdir=tmp_path)
    page_metadata.finish(app, None)
    page_metadata.finish(app, None)
    listed = re.findall(r"<loc>(.*?)</loc>", (tmp_path / "sitemap.xml").read_text(encoding="utf-8"))
    assert listed == [
        "https://example.org/course/book/index.html",
        "https://example.org/course/notebooks/04-risk/index.html",
    ]
    assert "Sitemap: https://example.org/course/sitemap.xml" in (tmp_path / "robots.txt").read_text(
        encoding="utf-8"
    )
    assert 'href="/course/book/help-now.html"' in (tmp_path / "404.html").read_text(
        encoding="utf-8"
    )
