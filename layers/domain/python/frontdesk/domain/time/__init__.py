"""Instants, intervals and wall clocks: opening hours, series, timeslots, free times. Pure."""
