"""Exports: asked for, made piece by piece behind a queue, looked up.

What makes a file can stop anywhere. Whoever takes it up goes on behind the last part that is in the bucket and noted; a part that
was sent by somebody who was too late is in no file.
"""
