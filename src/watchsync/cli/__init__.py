"""Which command did you ask for?"""
