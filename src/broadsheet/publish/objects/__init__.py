"""An object store as a target."""
