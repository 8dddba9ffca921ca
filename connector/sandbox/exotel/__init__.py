"""A simulator of Exotel's SMS API, written from the vendor's documents alone."""
