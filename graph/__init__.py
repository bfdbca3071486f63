"""The state machine: who runs after whom. No prompts, no signal processing."""
