"""How do other programs want the list? Each module is one form; none is made of a part of a list."""
