"""A simulator of Twilio's messaging API: `simulator.Twilio`."""
