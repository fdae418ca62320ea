"""Says why: this lead, this rank, this fate of a record. Pure: values in, sentences out; arranging has decided."""

from broadsheet.explain.explainer import Explainer, Group, Shown
from broadsheet.explain.explanation import Explanation, Surroundings

__all__ = ["Explainer", "Explanation", "Group", "Shown", "Surroundings"]
