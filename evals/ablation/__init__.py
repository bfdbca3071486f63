"""The paper's table 5: one pass of drafting without agents against the full graph, on complex scenes of known truth."""
