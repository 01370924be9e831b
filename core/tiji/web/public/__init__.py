"""The pages of citizens and companies."""
