"""What does TMDB know about a title?"""
