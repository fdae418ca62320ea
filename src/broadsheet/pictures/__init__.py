"""Pictures from elsewhere: fetched once, made to fit, and kept."""
