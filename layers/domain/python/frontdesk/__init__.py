"""Frontdesk: the back office of a booking business."""
