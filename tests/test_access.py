"""Every page for everybody: axe-core with WCAG 2.2 A and AA, in light and dark, on a small phone and on a desk; and by keyboard."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.site]


def pages(site):
    """Every page of the site but the bare redirection at its top."""
    return [path for path in sorted(site.rglob("*.html")) if path != site / "index.html"]


def told(path, site, failures):
    return [f"{path.relative_to(site)}, {failure['setting']}: {failure['rule']} at {failure['node']}: {failure['html'][:120]} {failure['why']}" for failure in failures]


def axe_on_all(browser, site, quick):
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed; make test installs it")
    from axe import failures

    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    found = []
    for path in pages(site):
        page.goto(path.as_uri())
        found += told(path, site, failures(page, quick))
    context.close()
    return found


def test_no_page_fails_axe_in_any_mode_at_any_width(browser, site):
    found = axe_on_all(browser, site, quick=True)
    assert not found, f"{len(found)} failing nodes:\n" + "\n".join(found[:40])


@pytest.mark.long
def test_contrast_holds_for_every_single_element(browser, site):
    found = axe_on_all(browser, site, quick=False)
    assert not found, f"{len(found)} failing nodes:\n" + "\n".join(found[:40])


def test_the_quick_run_finds_what_is_wrong(browser):
    """Otherwise a clean report would mean nothing."""
    from axe import failures

    page = browser.new_page()
    page.set_content(
        '<!doctype html><html lang="en"><head><title>Broken</title></head><body><main><h1>Broken</h1>'
        '<p style="color:#999;background:#fff">Too pale to read.</p><p>Clear, with <a href="#a" style="color:#222;text-decoration:none">a hidden link</a> in it.</p>'
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><button></button></main></body></html>'
    )
    rules = {failure["rule"] for failure in failures(page)}
    page.close()
    assert {"color-contrast", "link-in-text-block", "image-alt", "button-name"} <= rules
