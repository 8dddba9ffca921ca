"""The simulator of cord, after `docs/contracts/cord.openapi.yaml`. Start at `simulator.Cord`."""
