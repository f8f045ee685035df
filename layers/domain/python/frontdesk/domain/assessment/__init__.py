"""Assesses a request for bookings: looks up its items, plans and prices the bookings, and checks them against the ledgers.

Writes nothing.
"""
