"""What Azure fills into a cluster's networkProfile. Changes the body it is given.

Which values, and in which cases: the bodies in tests/recordings, and provider-requests (last paragraph).
"""

from __future__ import annotations

import ipaddress
from typing import Any

from tfsync.sandbox.generated import guid, ipv6_range, node_group_resource
from tfsync.sandbox.wire import Body

POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.0.0.0/16"


def fill(cluster: Body) -> None:
    network: Body = cluster["properties"].get("networkProfile") or {}
    cluster["properties"]["networkProfile"] = network
    set_default(network, "networkPlugin", "kubenet")
    set_default(network, "loadBalancerSku", "standard")
    set_default(network, "outboundType", "loadBalancer")
    # Pods have a range of their own on kubenet and on overlay; else they live in the nodes' subnet.
    if network["networkPlugin"] == "kubenet" or network.get("networkPluginMode") == "overlay":
        set_default(network, "podCidr", POD_CIDR)
    set_default(network, "serviceCidr", SERVICE_CIDR)
    set_default(network, "dnsServiceIP", _tenth_address(network["serviceCidr"]))
    set_default(network, "ipFamilies", ["IPv4"])
    set_default(network, "networkPolicy", "none")
    set_default(network, "networkDataplane", "azure")
    dual_stack = "IPv6" in network["ipFamilies"]
    _fill_ranges(cluster, network, "podCidr", "podCidrs", prefix=64 if dual_stack else None)
    _fill_ranges(cluster, network, "serviceCidr", "serviceCidrs", prefix=108 if dual_stack else None)
    if network["outboundType"] == "loadBalancer":
        _fill_load_balancer(cluster, network)


def set_default(body: Body, key: str, value: Any) -> None:
    """Set what is missing or null. An empty string stays: the recorded exchanges echo it."""
    if body.get(key) is None:
        body[key] = value


def _fill_ranges(cluster: Body, network: Body, one: str, many: str, *, prefix: int | None) -> None:
    """Keep the plural in step with the singular; a dual stack gets an IPv6 range of the RP's choice.

    The prefixes are those of the recorded dual-stack update: /64 for pods, /108 for services.
    """
    if not network.get(one):
        return
    ranges = [network[one], *(r for r in network.get(many) or [] if ":" in r)]
    if prefix is not None and len(ranges) == 1:
        ranges.append(ipv6_range(cluster["id"], one, prefix))
    network[many] = ranges


def _fill_load_balancer(cluster: Body, network: Body) -> None:
    balancer: Body = network.get("loadBalancerProfile") or {}
    network["loadBalancerProfile"] = balancer
    addresses = (balancer.get("outboundIPs") or {}).get("publicIPs")
    prefixes = (balancer.get("outboundIPPrefixes") or {}).get("publicIPPrefixes")
    if not addresses and not prefixes:
        set_default(balancer, "managedOutboundIPs", {"count": 1})
        count = int(balancer["managedOutboundIPs"].get("count") or 1)
        kind = "Microsoft.Network/publicIPAddresses"
        addresses = [
            {"id": node_group_resource(cluster, kind, guid(cluster["id"], "outbound", str(number)))}
            for number in range(count)
        ]
    balancer["effectiveOutboundIPs"] = addresses or []
    set_default(balancer, "backendPoolType", "nodeIPConfiguration")


def _tenth_address(cidr: str) -> str:
    """10.0.0.10 of 10.0.0.0/16, the address Azure gives to the cluster's DNS."""
    try:
        return str(ipaddress.ip_network(cidr, strict=False)[10])
    except (ValueError, IndexError):
        return "10.0.0.10"
