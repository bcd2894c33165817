"""The course in another language: every text as a message of a gettext catalogue, and a translated copy of the sources to build from.

One function reads each kind of text and hands every message to `tell`. Extraction gives a `tell` that notes what it
hears; translation gives one that answers with the words of a catalogue. So what is extracted is what is translated.
"""
