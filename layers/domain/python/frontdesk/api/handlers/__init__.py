"""The operations of the API by subject.

The `include` of each module adds its operations to a function. Use cases decide; handlers only translate.
"""
