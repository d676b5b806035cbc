"""Which titles stand on one page of a catalog?"""
