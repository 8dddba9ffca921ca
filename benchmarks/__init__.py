"""What the connector costs and withstands, measured against the sandbox: `python -m benchmarks`, or `make bench`."""
