"""ClickSend, an SMS provider: REST API v3 as its own SDK has it, https://github.com/ClickSend/clicksend-python-v2 ."""
