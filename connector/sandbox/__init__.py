"""Simulators of cord, Pinpoint and four text-message vendors on real loopback sockets, with faults.

They are written from the contracts in `docs/contracts/`, or from what the vendors document, alone and share no code
with the connector, so that a misreading on one side shows up as a failing test instead of cancelling out. Start at
`world.World`.
"""
