"""One tick: capture, extract, measure, detect."""
