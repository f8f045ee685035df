"""When something can be booked: the starts of a day, the dates that have one, and how much is left over a time.

No rule of its own decides here, but those that assess an order: `time_rules.duration_problems` the length,
`Times.untimely` past and lead time. `opening_hours` and `timeslots` decide hours and slots, `ledger.taken`
what is taken, `time_rules.holds_in` what holds are worth. `plan.Plan` has weights and paddings.
Days and hours are looked at once for all starts.
"""
