"""A public IMDb watchlist as a Stremio catalog that keeps itself current."""
