"""The commands: parse, call a flow, print. Nothing else."""
