"""The petitions bureau (信访局): the petition backlog on the stations, with the petition clocks."""

__version__ = "0.1.0"
