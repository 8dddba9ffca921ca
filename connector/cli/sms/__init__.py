"""The `connector sms` commands: text messages, as whoever sends and answers them sees them."""
