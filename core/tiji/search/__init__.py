"""Finding cases by any two characters that stand next to each other in their words."""
