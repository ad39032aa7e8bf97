"""The resource types that the stand-in has. A configuration that uses others needs the real provider."""

from __future__ import annotations

from typing import Final

from tfsync.sandbox.provider.cluster.resource import KubernetesCluster
from tfsync.sandbox.provider.extension import Extension
from tfsync.sandbox.provider.managed_identity import UserAssignedIdentity
from tfsync.sandbox.provider.node_pool import NodePool
from tfsync.sandbox.provider.resource import Resource
from tfsync.sandbox.provider.resource_group import ResourceGroup
from tfsync.sandbox.provider.role_assignment import RoleAssignment
from tfsync.sandbox.provider.trusted_access import TrustedAccessRoleBinding

RESOURCES: Final[tuple[type[Resource], ...]] = (
    ResourceGroup,
    KubernetesCluster,
    NodePool,
    Extension,
    RoleAssignment,
    TrustedAccessRoleBinding,
    UserAssignedIdentity,
)
