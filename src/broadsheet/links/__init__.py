"""Asks whether links lead anywhere, as a guest who does not want to be a burden: addresses in, verdicts out."""
