"""Film scenes of known truth: pictures and reference sound from equations, by no rule of the system they judge."""
