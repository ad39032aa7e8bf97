"""Terraform's calls, translated: protocol 5 on one side, a `Provider` on the other.

The real azurerm announces its plans as those of the "legacy type system" (SDK v2), which makes
Terraform tolerate the small liberties that the SDK takes. The stand-in takes the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from tfsync.sandbox.provider.errors import ProviderError
from tfsync.sandbox.provider.messages import build
from tfsync.sandbox.provider.provider import Provider
from tfsync.sandbox.provider.schema import Attribute, Block, Schema
from tfsync.sandbox.provider.values import decode, encode

PROTOCOL: Final = 5
_SERVICE: Final = "tfplugin5.Provider"
_ERROR: Final = 1
_LIST, _SINGLE = 2, 1

_METHODS: Final = {
    "GetMetadata": ("Empty", "GetMetadataResponse"),
    "GetSchema": ("Empty", "GetSchemaResponse"),
    "PrepareProviderConfig": ("PrepareConfigRequest", "PrepareConfigResponse"),
    "ValidateResourceTypeConfig": ("ValidateRequest", "ValidateResponse"),
    "UpgradeResourceState": ("UpgradeRequest", "UpgradeResponse"),
    "Configure": ("ConfigureRequest", "ConfigureResponse"),
    "ReadResource": ("ReadRequest", "ReadResponse"),
    "PlanResourceChange": ("PlanRequest", "PlanResponse"),
    "ApplyResourceChange": ("ApplyRequest", "ApplyResponse"),
    "ImportResourceState": ("ImportRequest", "ImportResponse"),
    "Stop": ("Empty", "StopResponse"),
}


def handlers(version: str, shutdown: Callable[[], None]) -> tuple[Any, ...]:
    """The gRPC handlers to serve: the provider itself, and go-plugin's way to end it."""
    import grpc  # type: ignore[import-untyped]

    messages = build()
    service = _Service(version, messages)

    def unary(call: Callable[[Any], Any], request: str, response: str) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            lambda message, _context: call(message),
            request_deserializer=messages[request].FromString,
            response_serializer=messages[response].SerializeToString,
        )

    def end(_message: Any) -> Any:
        shutdown()
        return messages["Empty"]()

    calls = {name: unary(getattr(service, _snake(name)), *types) for name, types in _METHODS.items()}
    controller = {"Shutdown": unary(end, "Empty", "Empty")}
    return (
        grpc.method_handlers_generic_handler(_SERVICE, calls),
        grpc.method_handlers_generic_handler("plugin.GRPCController", controller),
    )


class _Service:
    """One method per call of the protocol, each from request message to response message."""

    def __init__(self, version: str, messages: dict[str, Any]) -> None:
        self._provider = Provider(version)
        self._new = messages

    def get_metadata(self, _request: Any) -> Any:
        names = [self._new["ResourceName"](type_name=name) for name in self._provider.resources]
        return self._new["GetMetadataResponse"](server_capabilities=self._capabilities(), resources=names)

    def get_schema(self, _request: Any) -> Any:
        entry = self._new["SchemaEntry"]
        return self._new["GetSchemaResponse"](
            provider=self._schema(self._provider.schema, 0),
            resource_schemas=[
                entry(key=name, value=self._schema(resource.schema, resource.schema_version))
                for name, resource in self._provider.resources.items()
            ],
            server_capabilities=self._capabilities(),
        )

    def prepare_provider_config(self, request: Any) -> Any:
        return self._new["PrepareConfigResponse"](prepared_config=request.config)

    def validate_resource_type_config(self, request: Any) -> Any:
        problems = self._provider.validate(request.type_name, decode(request.config.msgpack))
        return self._new["ValidateResponse"](diagnostics=[self._diagnostic(one) for one in problems])

    def upgrade_resource_state(self, request: Any) -> Any:
        state = self._provider.upgrade(request.type_name, json.loads(request.raw_state.json))
        return self._new["UpgradeResponse"](upgraded_state=self._value(state))

    def configure(self, request: Any) -> Any:
        try:
            self._provider.configure(decode(request.config.msgpack))
        except ProviderError as error:
            return self._new["ConfigureResponse"](diagnostics=[self._diagnostic(error)])
        return self._new["ConfigureResponse"]()

    def read_resource(self, request: Any) -> Any:
        respond = self._new["ReadResponse"]
        try:
            state = self._provider.read(request.type_name, decode(request.current_state.msgpack))
        except ProviderError as error:
            return respond(new_state=request.current_state, diagnostics=[self._diagnostic(error)])
        return respond(new_state=self._value(state), private=request.private)

    def plan_resource_change(self, request: Any) -> Any:
        prior = decode(request.prior_state.msgpack)
        proposed = decode(request.proposed_new_state.msgpack)
        respond = self._new["PlanResponse"]
        try:
            planned = self._provider.plan(request.type_name, prior, proposed)
        except ProviderError as error:
            return respond(diagnostics=[self._diagnostic(error)])
        return respond(
            planned_state=self._value(planned.value),
            requires_replace=[self._path(cause) for cause in planned.causes],
            planned_private=request.prior_private,
            legacy_type_system=True,
        )

    def apply_resource_change(self, request: Any) -> Any:
        prior, planned = decode(request.prior_state.msgpack), decode(request.planned_state.msgpack)
        respond = self._new["ApplyResponse"]
        try:
            state = self._provider.apply(request.type_name, prior, planned)
        except ProviderError as error:
            return respond(
                new_state=request.prior_state if error.left is None else self._value(error.left),
                private=request.planned_private,
                diagnostics=[self._diagnostic(error)],
                legacy_type_system=True,
            )
        return respond(new_state=self._value(state), private=request.planned_private, legacy_type_system=True)

    def import_resource_state(self, request: Any) -> Any:
        respond = self._new["ImportResponse"]
        state = self._value(self._provider.import_state(request.type_name, request.id))
        return respond(imported_resources=[self._new["Imported"](type_name=request.type_name, state=state)])

    def stop(self, _request: Any) -> Any:
        # What has begun is ended in peace: a cluster that Azure is creating must come into the state.
        return self._new["StopResponse"]()

    def _capabilities(self) -> Any:
        return self._new["Capabilities"](get_provider_schema_optional=True)

    def _value(self, value: Any) -> Any:
        return self._new["DynamicValue"](msgpack=encode(value))

    def _diagnostic(self, error: ProviderError) -> Any:
        path = self._path(error.path) if error.path else None
        return self._new["Diagnostic"](
            severity=_ERROR, summary=error.summary, detail=error.detail, attribute=path
        )

    def _path(self, path: Iterable[str | int]) -> Any:
        step = self._new["Step"]
        return self._new["AttributePath"](
            steps=[
                step(element_key_int=part) if isinstance(part, int) else step(attribute_name=part)
                for part in path
            ]
        )

    def _schema(self, schema: Schema, version: int) -> Any:
        return self._new["Schema"](version=version, block=self._block(schema))

    def _block(self, schema: Schema) -> Any:
        block = self._new["Block"]()
        for name, field in schema.items():
            if isinstance(field, Attribute):
                block.attributes.append(self._attribute(name, field))
            else:
                block.block_types.append(self._nested(name, field))
        return block

    def _attribute(self, name: str, field: Attribute) -> Any:
        return self._new["Attribute"](
            name=name,
            type=json.dumps(field.type).encode(),
            required=field.required,
            optional=field.optional,
            computed=field.computed,
            sensitive=field.sensitive,
        )

    def _nested(self, name: str, field: Block) -> Any:
        single = field.nesting == "single"
        return self._new["NestedBlock"](
            type_name=name,
            block=self._block(field.schema),
            nesting=_SINGLE if single else _LIST,
            min_items=int(field.required),
            max_items=0 if single else field.max_items,
        )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
