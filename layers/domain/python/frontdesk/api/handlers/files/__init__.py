"""The operations about the files of exports."""
