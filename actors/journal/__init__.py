"""The journal: remembers turns durably. One contract (contracts.ports.Journal), several engines."""
