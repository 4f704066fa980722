"""What the helper process does with bombcell's own functions; imported in that process only.

A module here is named after its request and has ``answer(params, arrays) -> arrays``: ``params``
are the run's parameters as Bombcell takes them, both ``arrays`` are mappings of name to NumPy
array (a number is an array without dimensions). The client is ``Bombcell.ask``.
"""
