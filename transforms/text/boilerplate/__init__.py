"""Find the boilerplate lines of a page: phrase rules, then blocks, then guard rails."""
