"""The operations of the API by subject.

The function `include` of each module registers its handlers with an `Api`. A handler translates between HTTP and a use case, and decides
nothing.
"""
