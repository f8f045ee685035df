"""Availability: the bookable starts of a day, the dates with at least one such start, and the number of free units.

This folder has no rules of its own. It applies the rules for orders to many starts at once:

- the length: `time_rules.duration_problems`
- starts in the past, and the minimum notice: `Times.untimely`
- opening hours and slots: `opening_hours`, `timeslots`
- holds and room: `time_rules.holds_in`, `ledger.taken`
- weights and paddings: `plan.Plan`
"""
