"""How likely is a row of a table of numbers: the tabular experiment, apart from everything that hears."""
