"""Frontdesk: the back office of a booking business."""

import gc

# Before anything else is imported. What an import makes stays, and what a request makes goes without the collector: at its usual
# pace it took a seventh of a cold start, and an eighth of a bulk import's time.
gc.set_threshold(50_000)
