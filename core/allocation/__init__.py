"""Assigns cases to agents: maximum total score within the agents' bounds."""
