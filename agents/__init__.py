"""One file a role: request, reply, prompt beside it, house mind, checks."""
