"""Plan and rules in, verdicts out. Pure: no clock, disk, network or printing."""

from tfsync.triage.judge import triage
from tfsync.triage.verdicts import (
    ArmChange,
    ArmWrite,
    AttributeVerdict,
    Permissions,
    ResourceVerdict,
    Triage,
)

__all__ = ["ArmChange", "ArmWrite", "AttributeVerdict", "Permissions", "ResourceVerdict", "Triage", "triage"]
