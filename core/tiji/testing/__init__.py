"""What tests of core and plugins share."""
