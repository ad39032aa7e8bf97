"""The protobuf messages of Terraform's plugin protocol 5, built when the provider starts.

No .proto file and no generated code: the fields below are the wire format (name, type, number), which
is all that two sides have to agree on. Messages that the protocol nests are flat here, enumerations
are integers and maps are repeated key/value entries; on the wire that is the same. The file is proto2
so that a field set to zero is sent (an attribute path into element 0 of a list).
"""

from __future__ import annotations

import re
from typing import Any, Final

_WIRE: Final = """
DynamicValue              msgpack:bytes=1 json:bytes=2
Step                      attribute_name:string=1 element_key_string:string=2 element_key_int:int64=3
AttributePath             steps:Step*=1
Diagnostic                severity:int64=1 summary:string=2 detail:string=3 attribute:AttributePath=4
RawState                  json:bytes=1

Attribute                 name:string=1 type:bytes=2 description:string=3 required:bool=4 optional:bool=5 computed:bool=6 sensitive:bool=7
NestedBlock               type_name:string=1 block:Block=2 nesting:int64=3 min_items:int64=4 max_items:int64=5
Block                     version:int64=1 attributes:Attribute*=2 block_types:NestedBlock*=3
Schema                    version:int64=1 block:Block=2
SchemaEntry               key:string=1 value:Schema=2
Capabilities              plan_destroy:bool=1 get_provider_schema_optional:bool=2 move_resource_state:bool=3

Empty

ResourceName              type_name:string=1
GetMetadataResponse       server_capabilities:Capabilities=1 diagnostics:Diagnostic*=2 resources:ResourceName*=4
GetSchemaResponse         provider:Schema=1 resource_schemas:SchemaEntry*=2 diagnostics:Diagnostic*=4 server_capabilities:Capabilities=6
PrepareConfigRequest      config:DynamicValue=1
PrepareConfigResponse     prepared_config:DynamicValue=1 diagnostics:Diagnostic*=2
ValidateRequest           type_name:string=1 config:DynamicValue=2
ValidateResponse          diagnostics:Diagnostic*=1
UpgradeRequest            type_name:string=1 version:int64=2 raw_state:RawState=3
UpgradeResponse           upgraded_state:DynamicValue=1 diagnostics:Diagnostic*=2
ConfigureRequest          terraform_version:string=1 config:DynamicValue=2
ConfigureResponse         diagnostics:Diagnostic*=1
ReadRequest               type_name:string=1 current_state:DynamicValue=2 private:bytes=3
ReadResponse              new_state:DynamicValue=1 diagnostics:Diagnostic*=2 private:bytes=3
PlanRequest               type_name:string=1 prior_state:DynamicValue=2 proposed_new_state:DynamicValue=3 config:DynamicValue=4 prior_private:bytes=5
PlanResponse              planned_state:DynamicValue=1 requires_replace:AttributePath*=2 planned_private:bytes=3 diagnostics:Diagnostic*=4 legacy_type_system:bool=5
ApplyRequest              type_name:string=1 prior_state:DynamicValue=2 planned_state:DynamicValue=3 config:DynamicValue=4 planned_private:bytes=5
ApplyResponse             new_state:DynamicValue=1 private:bytes=2 diagnostics:Diagnostic*=3 legacy_type_system:bool=4
ImportRequest             type_name:string=1 id:string=2
Imported                  type_name:string=1 state:DynamicValue=2 private:bytes=3
ImportResponse            imported_resources:Imported*=1 diagnostics:Diagnostic*=2
StopResponse              error:string=1
"""  # noqa: E501

_FIELD = re.compile(r"(?P<name>\w+):(?P<type>\w+)(?P<many>\*?)=(?P<number>\d+)")
_PACKAGE = "tfsync.plugin"
_FILE = "tfsync/plugin.proto"


def build() -> dict[str, Any]:
    """The message classes by name: `build()["PlanResponse"](legacy_type_system=True)`."""
    from google.protobuf import (  # type: ignore[import-untyped]
        descriptor_pb2,
        descriptor_pool,
        message_factory,
    )

    field = descriptor_pb2.FieldDescriptorProto
    scalars = {
        "bytes": field.TYPE_BYTES,
        "string": field.TYPE_STRING,
        "bool": field.TYPE_BOOL,
        "int64": field.TYPE_INT64,
    }
    file = descriptor_pb2.FileDescriptorProto(name=_FILE, package=_PACKAGE, syntax="proto2")
    for line in filter(None, _WIRE.splitlines()):
        name, *fields = line.split()
        message = file.message_type.add(name=name)
        for spec in fields:
            found = _FIELD.fullmatch(spec)
            assert found, spec
            kind = found["type"]
            added = message.field.add(
                name=found["name"],
                number=int(found["number"]),
                label=field.LABEL_REPEATED if found["many"] else field.LABEL_OPTIONAL,
                type=scalars.get(kind, field.TYPE_MESSAGE),
            )
            if kind not in scalars:
                added.type_name = f".{_PACKAGE}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)

    def message_class(name: str) -> Any:
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))

    return {message.name: message_class(message.name) for message in file.message_type}
