"""A simulator of Plivo's messaging API: `simulator.Plivo`."""
