"""Understanding a query: further forms of it, which run as legs of their own beside the query itself."""
