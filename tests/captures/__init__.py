"""Captures of every form and state that a list of IMDb may have, made from the stand-in sites."""
