"""What is run by hand to make the learned files of the package; not installed."""
