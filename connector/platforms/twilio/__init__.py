"""Twilio, an SMS provider. From its OpenAPI documents and Python SDK; nothing was checked against a live account."""
