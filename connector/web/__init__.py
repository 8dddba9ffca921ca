"""What listens: health and readiness; callbacks and the console beside them."""
