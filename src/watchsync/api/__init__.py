"""How does the world talk to watchsync over HTTP?"""
