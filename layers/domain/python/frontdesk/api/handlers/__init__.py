"""The operations of the API by subject.

Each module's `include` adds its operations to a function. Use cases decide; handlers only translate.
"""
