"""Load the output of runs into a warehouse: what is new, whole runs only, each once."""
