"""One panel of the app a file."""
