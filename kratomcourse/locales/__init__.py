"""The course in another language: gettext catalogues, and a translated copy of the sources.

One function reads each kind of text and passes every message to `tell`. To extract, `tell` notes
the message; to translate, it returns the catalogue's translation. So exactly the messages that are
extracted are translated.
"""

from collections.abc import Callable

Translate = Callable[[str], str]  # message -> translation
TranslatorFor = Callable[[str, str], Translate]  # (domain, location) -> Translate
