"""How a collection is doing in service: what its query log says of the last days, beside what it said before."""
