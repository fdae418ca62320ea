"""Arrange: records to a digest. Every module here is pure: values in, new values out."""
