"""Assesses a request for bookings: looks up its items, then plans, prices and checks the bookings.

Writes nothing.
"""
