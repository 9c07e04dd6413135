"""Floor 1: the system. Flows, domains, connectors, views, policies, the journal and the runtime."""
