"""Film scenes rendered from equations, so that what happens in them, when and where is known."""
