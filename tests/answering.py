"""Answering the questions of a page as a reader does."""


def put_in_order(form, letters):
    """Move the entries of an order question into the order of the letters, with its buttons."""
    rows = form.locator(".quiz-order > li")
    for place, letter in enumerate(letters):
        while True:
            now = rows.evaluate_all("rows => rows.map(row => row.dataset.letter)")
            at = now.index(letter)
            if at == place:
                break
            rows.nth(at).locator(".quiz-up").click()


def put_together(form, letters):
    """Give each left side of a match question the partner of that letter."""
    entries = form.locator(".quiz-entries > li > b").all_text_contents()
    for place, letter in enumerate(letters):
        slot = form.locator(".quiz-slot").nth(place)
        if slot.get_attribute("aria-expanded") == "false":
            slot.click()
        choice = form.locator(".quiz-bank button").nth(entries.index(letter))
        if choice.get_attribute("aria-pressed") == "false":
            choice.click()


def give_letters(form, letters):
    """Answer an order or match question."""
    act = put_in_order if form.get_attribute("data-kind") == "order" else put_together
    act(form, letters)
