"""The command line: one module per command group; each parses, calls, prints. `main` catches what goes wrong."""
