"""What holds for every suite."""

from hypothesis import settings

# No deadline: a slow machine is not a bug. The blob is what reproduces a failure elsewhere.
settings.register_profile("tidegate", deadline=None, print_blob=True)
settings.load_profile("tidegate")
