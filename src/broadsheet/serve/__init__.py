"""The local preview: a site as it stands, served as a host would, and shown anew as soon as a file is saved."""
