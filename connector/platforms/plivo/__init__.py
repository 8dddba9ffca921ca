"""Plivo, an SMS provider. From its documentation and Python SDK; nothing was checked against a live account."""
