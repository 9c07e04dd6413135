"""The HTTP door. Start at `app.py` (routes and what surrounds them), then `resources/`."""
