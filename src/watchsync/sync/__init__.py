"""What does one sync do, in which order?"""
