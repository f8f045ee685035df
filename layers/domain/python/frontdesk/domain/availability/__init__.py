"""When something can be booked: the starts of a day, the dates that have one, and how much is left over a time.

No rule of its own decides here, but those that an order is assessed by: the length by `time_rules.duration_problems`, past and lead
time by `Times.untimely`, hours by `opening_hours`, slots by `timeslots`, what is taken by `ledger.taken`, what holds are worth
by `time_rules.holds_in`, weights and paddings by `plan.Plan`. Only that days and hours are looked at once for all the starts.
"""
