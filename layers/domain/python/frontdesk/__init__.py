"""Frontdesk: the back office of a booking business."""

import gc

# Set before any other import. Imported modules stay in memory, and requests leave little garbage. At its default threshold, the
# collector took a seventh of a cold start and an eighth of a bulk import.
gc.set_threshold(50_000)
