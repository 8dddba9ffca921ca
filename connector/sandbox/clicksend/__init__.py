"""A simulator of ClickSend's SMS API (v3), written from the vendor's documents alone."""
