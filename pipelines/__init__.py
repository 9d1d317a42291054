"""What runs: the command line, its options, the graphs and their runners."""
