"""Exotel, an SMS provider for India and South-East Asia: the API as documented at https://developer.exotel.com ."""
