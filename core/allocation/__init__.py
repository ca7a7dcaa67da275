"""Who gets which case: most total score within the agents' bounds."""
