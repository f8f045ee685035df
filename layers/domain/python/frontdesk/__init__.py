"""Frontdesk: the back office of a booking business."""

import gc

# Set before any other import. Imported modules stay in memory, and requests leave little garbage: a handful of objects each. The collector
# would examine what is still in use, again and again: a cold start makes 200,000 objects that stay, and a chunk of an import has 50,000 in
# use. At Python's default threshold, it took a seventh of a cold start and an eighth of a bulk import.
gc.set_threshold(500_000)
