"""What is handed over: Broadcast Wave stems, spotting sheet, preview, loudness sheet, provenance."""
