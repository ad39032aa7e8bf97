"""What Azure can change in place where azurerm replaces: data, its schema, and the reading of it.

A rule is YAML with its evidence beside it. This room turns YAML into values and values into what ARM
wants to hear; it judges nothing (see `tfsync.triage`) and writes nothing.
"""

from tfsync.rules.book import RuleBook
from tfsync.rules.load import builtin_rules, load_rules
from tfsync.rules.model import Condition, Rule, Transition, Write

__all__ = ["Condition", "Rule", "RuleBook", "Transition", "Write", "builtin_rules", "load_rules"]
