"""Commands of the command line, by subject; each calls functions of the floors below."""
