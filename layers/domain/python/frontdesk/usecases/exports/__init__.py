"""Exports: request an export, make its file part by part behind a queue, and look it up.

A worker may stop at any time. The next worker continues after the last part that was stored and recorded. If a replaced worker still
stores a part, that part is not used.
"""
