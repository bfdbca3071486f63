"""The procedural engine: physical models, one family a file; no samples, no download."""
