"""One HTTP layer for all platforms: deadlines, retries, the rate budget, redirects and redaction."""
