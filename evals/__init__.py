"""Evidence: metrics and suites. Nothing imports it."""
