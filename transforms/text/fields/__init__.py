"""Find the lines that state a field: title, date, readers, byline, source, section, tags."""
