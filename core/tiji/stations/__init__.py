"""The ladder and its clocks: stations, working time, calendars, lights."""
