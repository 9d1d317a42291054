"""Ingest without an end: find documents as they come, and cut them into rounds by time."""
