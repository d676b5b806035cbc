"""What does an IMDb page say?"""
