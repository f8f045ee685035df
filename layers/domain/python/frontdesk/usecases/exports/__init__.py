"""Exports: request an export, make its file part by part, and look it up. Workers take exports from a queue.

A worker may stop at any time. The next worker continues after the last part that was stored and recorded. Parts that a previous worker
stores afterwards are ignored.
"""
