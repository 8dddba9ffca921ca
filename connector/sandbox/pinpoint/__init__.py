"""The simulator of Pinpoint, after `docs/contracts/pinpoint.openapi.yaml`. Start at `simulator.Pinpoint`."""
