"""Webhook endpoints: who is told of events by requests of ours, and what came of them."""
