"""The steps of the pipeline: list, read, compare, process, write; `text` is what has no Beam."""
