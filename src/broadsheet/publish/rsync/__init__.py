"""A folder of another machine as a target, by rsync over ssh."""
