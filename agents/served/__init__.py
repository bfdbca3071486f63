"""Served minds: the roles' work done by models behind OpenAI-compatible servers, none of whose words is trusted."""
