"""How does Stremio want to hear it?"""
