"""Files as people give them: folders, archives and tables of text, nothing guessed about cells."""
