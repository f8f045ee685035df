"""Exports: request an export, make its file part by part, and look it up.

A worker that takes over an export continues after the last part that was stored and recorded. Parts that the earlier worker stores
afterwards are ignored.
"""
