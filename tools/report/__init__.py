"""The single-page HTML report of one job."""
