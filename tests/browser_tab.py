"""What a test does in a tab of any browser; `firefox` and `webkit` know how theirs is asked."""

import json
import time

SECONDS = 120  # a busy machine is slow, and no test here is about speed


class Tab:
    """One tab. A browser adds `open`, `value`, `press` and `type`; `faults` are errors it tells."""

    def until(self, expression):
        """Wait until an expression of the page is true."""
        end = time.monotonic() + SECONDS
        while not self.value(f"!!({expression})"):
            assert time.monotonic() < end, f"not true within {SECONDS} seconds: {expression}"
            time.sleep(0.1)

    def click(self, selector):
        """Click in the middle of the first element that a selector finds, as a mouse does."""
        where = json.dumps(selector)
        self.until(f"document.querySelector({where})?.getClientRects().length > 0")
        middle = (
            f"(() => {{ const node = document.querySelector({where});"
            " node.scrollIntoView({ block: 'center', behavior: 'instant' });"
            " const box = node.getClientRects()[0];"
            " return [box.left + box.width / 2, box.top + box.height / 2].map(Math.round); })()"
        )
        # What comes into view is laid out, and moves what is around it.
        last, (x, y) = None, self.value(middle)
        while last != [x, y]:
            last = [x, y]
            time.sleep(0.3)
            x, y = self.value(middle)
        self.press(x, y)
