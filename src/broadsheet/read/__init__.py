"""Read: files to values. The only step that reads the sources."""
