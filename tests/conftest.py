"""What every test needs of its process."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# A shell starts what it puts in the background with SIGINT ignored, and every child inherits that. The tests
# send SIGINT to themselves and to what they start, so they begin as in the foreground.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asserts a time, and a busy machine may take long to draw an example.
settings.register_profile("tfsync", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tfsync")
