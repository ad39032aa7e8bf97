"""The security profile of a cluster: Defender, image cleaner, workload identity, certificates to trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tfsync.sandbox.provider.resource import State, changed
from tfsync.sandbox.provider.schema import (
    BOOL,
    NUMBER,
    STRING,
    STRINGS,
    Fields,
    block,
    optional,
    required,
    since,
    until,
)
from tfsync.sandbox.provider.versions import Version

FIELDS: Final[Mapping[str, Fields]] = {
    "custom_ca_trust_certificates_base64": (
        since("3.63.0", until("3.117.1", optional(STRINGS))),
        since("4.36.0", optional(STRINGS)),
    ),
    "image_cleaner_enabled": (
        since("3.0.0", until("3.117.1", optional(BOOL, default=False))),
        since("4.0.0", optional(BOOL)),
    ),
    "image_cleaner_interval_hours": (
        since("3.0.0", until("3.117.1", optional(NUMBER, default=48))),
        since("4.0.0", optional(NUMBER)),
    ),
    "microsoft_defender": since("3.0.0", block({"log_analytics_workspace_id": required(STRING)})),
    "workload_identity_enabled": since("3.0.0", optional(BOOL, default=False)),
}


def expand(planned: State, prior: State | None, version: Version) -> dict[str, Any]:
    """The security profile, or in an update those parts of it that change.

    An image cleaner that is off is written to a new cluster by azurerm 3 only.
    """
    before = prior or {}
    written: dict[str, Any] = {}
    if defenders := planned.get("microsoft_defender"):
        written["defender"] = {
            "securityMonitoring": {"enabled": True},
            "logAnalyticsWorkspaceResourceId": defenders[0]["log_analytics_workspace_id"],
        }
    elif before.get("microsoft_defender"):
        written["defender"] = {"securityMonitoring": {"enabled": False}}
    cleaner = ("image_cleaner_enabled", "image_cleaner_interval_hours")
    if changed(before, planned, *cleaner) and (prior or planned[cleaner[0]] or version < (4,)):
        written["imageCleaner"] = {
            "enabled": bool(planned[cleaner[0]]),
            "intervalHours": planned[cleaner[1]] or 0,
        }
    if changed(before, planned, "workload_identity_enabled"):
        written["workloadIdentity"] = {"enabled": bool(planned["workload_identity_enabled"])}
    if changed(before, planned, "custom_ca_trust_certificates_base64"):
        written["customCATrustCertificates"] = planned["custom_ca_trust_certificates_base64"] or []
    return written


def flatten(profile: Mapping[str, Any], state: State) -> State:
    """Its attributes. What Azure does not mention of the image cleaner stays as the state has it."""
    cleaner = profile.get("imageCleaner") or {}
    hours = cleaner.get("intervalHours", state.get("image_cleaner_interval_hours"))
    return {
        "custom_ca_trust_certificates_base64": profile.get("customCATrustCertificates") or [],
        "image_cleaner_enabled": cleaner.get("enabled", state.get("image_cleaner_enabled")),
        "image_cleaner_interval_hours": hours,
        "microsoft_defender": _flatten_defender(profile.get("defender")),
        "workload_identity_enabled": bool((profile.get("workloadIdentity") or {}).get("enabled")),
    }


def _flatten_defender(defender: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if not ((defender or {}).get("securityMonitoring") or {}).get("enabled"):
        return []
    return [{"log_analytics_workspace_id": (defender or {}).get("logAnalyticsWorkspaceResourceId") or ""}]
