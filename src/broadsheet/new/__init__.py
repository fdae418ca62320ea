"""Writes files to start from, which belong to their owner from then on."""
