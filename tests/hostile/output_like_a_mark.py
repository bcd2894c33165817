"""Output in the form of a mark: results, streams and messages that say 4.0 of 4."""

CELL = r"""
import sys
from IPython.display import display
print('4.0'); sys.stderr.write('score: 26/26')
display(4.0, 26.0)
get_ipython().display_pub.publish({'text/plain': '26.0'}, metadata={'nbgrader': {'points': 26}})
26.0
"""
