"""Measure an extraction against labelled pages: which lines went, and which fields are right."""
