"""Says what is wrong with a site before a reader finds it: its files, its templates, and the pages made of them."""
