"""Measure language identification on labelled texts: labels, segments, and pages made of them."""
