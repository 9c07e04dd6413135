"""See actors/README.md for what lives here."""
