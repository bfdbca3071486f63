"""Events in, sound out."""
