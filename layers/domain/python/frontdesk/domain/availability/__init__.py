"""Availability: the bookable starts of a day, the dates that have one, and how many units are left.

This folder has no rules of its own. It applies the rules for orders to many starts at once. `time_rules.duration_problems` decides about
the length, `Times.untimely` about the past and notice, `time_rules.holds_in` about holds. `opening_hours` and `timeslots` decide about
hours and slots, `ledger.taken` about room. Weights and paddings come from `plan.Plan`.
"""
