"""What does a worker do all day?"""
