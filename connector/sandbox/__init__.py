"""Simulators of cord and Pinpoint on real loopback sockets, with faults.

They are written from the two contracts in `docs/contracts/` alone and share no code with the connector, so that a
misreading on one side shows up as a failing test instead of cancelling out. Start at `world.World`.
"""
