"""The page to project and the QR code: address, invitation and three steps in big type."""

import io
from html import escape
from pathlib import Path
from typing import Any

import segno

STYLE = (Path(__file__).parent / "templates" / "projector.css").read_text(encoding="utf-8")


def projector_page(settings: dict[str, Any]) -> str:
    """Return the page as HTML in one file; it has the invitation, so it is for the leader to show.

    settings : of room.json
    """
    address = settings["bind_url"]
    invitation = (
        f'<li>The invitation is <div class="big code">{escape(settings["invitation"])}</div></li>'
        if settings["invitation"]
        else "<li>Use the name that is yours on the list.</li>"
    )
    notes = [
        "A laptop works best. On a phone you can read and answer; code is easier with a keyboard.",
        f"Messages, what you have submitted, and where help is: {escape(address)}services/room/",
    ]
    if settings["fingerprint"]:
        notes.append(
            "Your browser warns once, because this room made its certificate itself. "
            f"SHA-256 {escape(settings['fingerprint'])}"
        )
    if not settings["invitation"] and settings.get("allowed") is None:
        invitation = ""
    warning = (
        f'<p class="warning"><strong>Not private.</strong> {escape(settings["warning"])}</p>'
        if settings["warning"]
        else ""
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(settings["name"])}</title><style>{STYLE}</style></head>
<body><main><h1>{escape(settings["name"])}</h1>
<ol><li>Join this room's network. Open <div class="big">{escape(address)}</div></li>
<li>Choose any name and a password that you use nowhere else. It need not be your real name.</li>
{invitation}</ol>
{warning}
<p class="small">{"<br>".join(notes)}</p>
</main><div>{qr_svg(address)}</div></body></html>
"""


def qr_svg(address: str) -> str:
    """Return the address as a QR code in inline SVG."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out,
        kind="svg",
        border=2,
        scale=1,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        title=f"Code for {address}",
    )
    return out.getvalue().decode()


def qr_for_terminal(address: str) -> str:
    """Return the QR code in characters that a terminal can show."""
    out = io.StringIO()
    segno.make(address, error="l").terminal(out, border=1, compact=True)
    return out.getvalue()
