"""Microsoft.KubernetesConfiguration/extensions on a cluster.

A PUT is over at once, as in the recorded exchanges; a PATCH is long-running (arm-mutability §4).
"""

from __future__ import annotations

from tfsync.sandbox.children import beneath
from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.clusters import existing
from tfsync.sandbox.merge import without
from tfsync.sandbox.operations import poll_headers
from tfsync.sandbox.wire import Answer, Body, Refused, Request, gateway_error, not_found

TYPE = "Microsoft.KubernetesConfiguration/extensions"

# [KEXT PatchExtensionProperties]; everything else of an extension is fixed once it is there.
_PATCHABLE = frozenset({
    "autoUpgradeMinorVersion", "autoUpgradeMode", "releaseTrain", "version",
    "configurationSettings", "configurationProtectedSettings",
})  # fmt: skip
_FIXED = ("extensionType", "scope")


def get(cloud: Cloud, request: Request) -> Answer:
    extension = cloud.store.get(request.path)
    return Answer(200, extension) if extension else not_found(request.path)


def list_all(cloud: Cloud, request: Request) -> Answer:
    return Answer(200, {"value": list(beneath(cloud, request.path))})


def put(cloud: Cloud, request: Request) -> Answer:
    existing(cloud, request)
    current = cloud.store.get(request.path)
    properties: Body = dict(request.json.get("properties") or {})
    if current is not None:
        _refuse_fixed(current["properties"], properties)
    extension: Body = {
        **{key: value for key, value in request.json.items() if key in ("identity", "plan")},
        "properties": {
            **properties,
            "configurationProtectedSettings": None,
            "provisioningState": "Succeeded",
        },
        "id": request.path,
        "name": request.params["extension"],
        "type": TYPE,
    }
    _show_version(extension)
    cloud.store.put(request.path, extension)
    return Answer(200 if current else 201, extension)


def patch(cloud: Cloud, request: Request) -> Answer:
    """Change what can be changed. `configurationSettings` merge key by key."""
    current = cloud.store.get(request.path)
    if current is None:
        return not_found(request.path)
    cluster = existing(cloud, request)
    cloud.refuse_if_busy(request.path, beneath=False)
    body = without(request.json, request.injection.ignored)
    changes: Body = {k: v for k, v in (body.get("properties") or {}).items() if v is not None}
    after = {**current["properties"], **changes}
    _refuse_patch(changes, after)
    if "configurationSettings" in changes:
        settings = current["properties"].get("configurationSettings") or {}
        after["configurationSettings"] = {**settings, **changes["configurationSettings"]}
    # Taken, and never returned.
    after["configurationProtectedSettings"] = None
    extension = {**current, "properties": {**after, "provisioningState": "Updating"}}
    _show_version(extension)
    cloud.store.put(request.path, extension)
    operation = cloud.start(request, request.path, location=cluster["location"])
    return Answer(202, extension, poll_headers(request, operation))


def delete(cloud: Cloud, request: Request) -> Answer:
    extension = cloud.store.get(request.path)
    if extension is None:
        return Answer(204)
    cloud.refuse_if_busy(request.path, beneath=False)
    cloud.store.remove(request.path)
    return Answer(200, extension)


def _show_version(extension: Body) -> None:
    properties = extension["properties"]
    if properties.get("version"):
        properties["currentVersion"] = properties["version"]


def _refuse_fixed(before: Body, after: Body) -> None:
    for key in _FIXED:
        if key in after and after[key] is not None and after[key] != before.get(key):
            raise _refused(f"The property '{key}' of an extension cannot be changed.")


def _refuse_patch(changes: Body, after: Body) -> None:
    for key in changes:
        if key not in _PATCHABLE:
            raise _refused(f"The property '{key}' of an extension cannot be changed.")
    automatic = after.get("autoUpgradeMinorVersion") is not False
    if "version" in changes and automatic:
        raise _refused("'version' can be set only with autoUpgradeMinorVersion false.")
    if "releaseTrain" in changes and not automatic:
        raise _refused("'releaseTrain' can be set only with autoUpgradeMinorVersion true.")


def _refused(message: str) -> Refused:
    """The facts give the conditions, not the code that breaking one of them answers: not found."""
    return Refused(gateway_error(400, "ValidationFailed", message))
