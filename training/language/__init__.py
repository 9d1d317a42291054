"""Training of the small models of language identification."""
