"""Takes submissions in: from nbgrader's exchange, a workshop's inbox, and archives of an LMS."""
