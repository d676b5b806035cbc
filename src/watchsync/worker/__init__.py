"""What does a worker do?"""
