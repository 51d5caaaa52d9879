"""Gray values to peaks."""
