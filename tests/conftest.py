"""What all tests share."""

from hypothesis import HealthCheck, settings

# No test may depend on the clock: a busy machine is no failure.
settings.register_profile("suzgi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suzgi")
