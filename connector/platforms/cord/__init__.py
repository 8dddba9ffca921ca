"""cord, the sourcing platform. It publishes no API: this is coded against the assumed contract in `docs/contracts`."""
