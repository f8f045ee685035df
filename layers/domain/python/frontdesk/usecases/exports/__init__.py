"""Exports: request an export, make its file part by part, and look it up.

If a worker stops, the next worker continues after the last part that was stored and recorded. Parts that the first worker stores afterwards
are ignored.
"""
