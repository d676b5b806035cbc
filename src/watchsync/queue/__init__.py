"""How does a job travel from who asks for it to who does it, whatever dies on the way?"""
