"""Exports: asked for, made part by part behind a queue, and looked up.

A worker may stop at any time. The next one continues after the last part that is stored and recorded. A part sent by a worker that was
replaced never gets into a file.
"""
