"""Frontdesk: the back office of a booking business."""

import gc

# Set before anything else is imported. Imported modules stay, and requests leave little garbage. At its usual pace
# the collector took a seventh of a cold start, and an eighth of a bulk import.
gc.set_threshold(50_000)
