"""Availability: the starts of a day, the dates that have one, and how much is left over a time.

This folder has no rules of its own: it applies those that assess an order, to many starts at once. `time_rules.duration_problems` decides
the length, `Times.untimely` past and lead time, `time_rules.holds_in` what holds count. `opening_hours` and `timeslots` decide hours and
slots, `ledger.taken` what is taken. Weights and paddings are those of `plan.Plan`.
"""
