"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No test asserts a time, and a busy machine may take long to draw an example.
settings.register_profile("tfsync", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tfsync")
