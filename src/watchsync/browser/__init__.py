"""Who lends a page of a living browser, and what when it dies?"""
