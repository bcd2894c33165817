"""One module for each export format; each defines `EXPORTER` (see `exports.registry`)."""
