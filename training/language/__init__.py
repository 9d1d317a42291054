"""Training and calibration of language identification."""
