"""What would IMDb and TMDB answer? Stand-ins of both for places where they cannot be reached."""
