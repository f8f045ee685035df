"""The operations of the API by subject.

The `include` of each module registers its calls with a function's API. Use cases decide; handlers only translate.
"""
