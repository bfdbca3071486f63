"""Training of the position encoder, the injections and, where asked, the whole model."""
