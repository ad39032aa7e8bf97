"""A long-running operation of Resource Manager, followed to its end.

This module imports the Azure SDK. `tfsync.azure.arm` imports it when the first request is made.
"""

from __future__ import annotations

from typing import Any

from azure.core.polling.base_polling import LocationPolling, StatusCheckPolling
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.polling.arm_polling import ARMPolling, AzureAsyncOperationPolling, BodyContentPolling

from tfsync.azure.errors import OperationInProgress
from tfsync.azure.patience import Patience, growing_delays
from tfsync.azure.pipeline import PATIENCE, Response, seconds_asked

# An operation goes on in Azure while the network here is down: ask through an outage of some minutes.
_RETRIES = {"retry_total": 12, "retry_connect": 8, "retry_read": 8, "retry_status": 8}


def follow(client: ARMPipelineClient[Any, Any], answer: Response, patience: Patience) -> None:
    """Wait until the operation that `answer` began has succeeded; at once when it began none.

    Asks where the answer's Azure-AsyncOperation or Location header says, at that address to the letter (its
    query is signed), or else the resource for its provisioningState. Raises azure-core's HttpResponseError
    when the operation failed, OperationInProgress when it has not ended in time.
    """
    operation = _Operation(patience)
    operation.initialize(client, answer, lambda response: response)
    operation.run()


class _StatusOnly(AzureAsyncOperationPolling[Any, Any]):
    """The caller reads the resource anyway: no GET of it at the end."""

    def get_final_get_url(self, pipeline_response: Any) -> None:
        return None


class _Operation(ARMPolling):
    """azure-core's polling with waits that grow, are reported, and end at the time limit."""

    def __init__(self, patience: Patience) -> None:
        options: dict[str, Any] = {PATIENCE: patience, **_RETRIES}
        super().__init__(
            lro_algorithms=[_StatusOnly(), LocationPolling(), BodyContentPolling(), StatusCheckPolling()],
            **options,
        )
        self._patience = patience
        self._delays = growing_delays()

    def _delay(self) -> None:
        asked = seconds_asked(self._pipeline_response.http_response.headers)
        if not self._patience.pause(asked or next(self._delays), f"operation {self.status()}"):
            raise OperationInProgress(
                f"the operation has not ended after {self._patience.elapsed:.0f} s; it goes on in Azure",
                where=self._patience.arm_id,
                hint="Run tfsync again later: it waits for the operation and carries on from there.",
            )
