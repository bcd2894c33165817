"""The theme's own words as readers of this course meet them; most languages have them already, in Sphinx and the theme."""

# In Sphinx's scripts, which ask a list in the page (tree.py).
SCRIPTS = (
    "Search finished, found ${resultCount} page(s) matching the search query.",
    "Hide Search Matches",
    ", in ",
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.",
)

THEME = (
    "Search", "Search Page", "Search this book...", "On this page", "Contents", "Color mode", "System Settings", "Light", "Dark", "Back to top", "Skip to main content",
    "Site navigation", "Section Navigation", "Collapse Sidebar", "Expand Sidebar", "Toggle primary sidebar", "Toggle secondary sidebar", "previous", "next", "previous page", "next page",
    "By", "Copyright", "logo", "Home", "Index", "General Index", "Navigation", "Breadcrumb", "Last updated on", "last updated",
    "Link to this heading", "Permalink to this heading", "Link to this term", "Link to this image", "Link to this table", "Link to this code", "Link to this definition",
    "Searching", "Preparing search...", "Search Results", "Go", "Fig. %s", "Table %s", "Warning", "Important", "Note", "Tip",
    *SCRIPTS,
)  # fmt: skip
