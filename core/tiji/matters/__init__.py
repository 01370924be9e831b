"""The two-services matter list (两为事项清单): versioned, activated when every station is held."""
