"""What all tests share."""

from hypothesis import settings

# No test may depend on the clock: a busy machine is no failure.
settings.register_profile("suzgi", deadline=None)
settings.load_profile("suzgi")
