"""The decision on a request: plan, time rules, assessment, placement, changes and moves, and their writes."""
