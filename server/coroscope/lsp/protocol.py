"""pygls's protocol with what it leaves open: every request is answered, whatever comes and in whatever order."""

from __future__ import annotations

import json
import logging
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

_PARSE_ERROR = -32700
_INVALID_REQUEST = -32600
_METHOD_NOT_FOUND = -32601
_NOT_INITIALIZED = -32002

_UNUSED = (
    lsp.EXIT,
    lsp.TEXT_DOCUMENT_DID_OPEN,
    lsp.TEXT_DOCUMENT_DID_CHANGE,
    lsp.TEXT_DOCUMENT_DID_CLOSE,
    lsp.NOTEBOOK_DOCUMENT_DID_OPEN,
    lsp.NOTEBOOK_DOCUMENT_DID_CHANGE,
    lsp.NOTEBOOK_DOCUMENT_DID_CLOSE,
    lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)
"""What pygls would do itself and we do otherwise.

Its documents split lines where Python's `splitlines` does (at form feeds, too), which is not where the protocol does;
its `exit` loses the exit code.
"""

_log = logging.getLogger(__name__)

Message = dict[str, Any]


class Protocol(LanguageServerProtocol):
    """Takes message bodies, hands what they say to the features, and sends what we say."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._introduced = False
        for method in _UNUSED:
            self.fm.builtin_features.pop(method, None)

    @property
    def shut_down(self) -> bool:
        """Whether the client asked us to shut down."""
        return self._shutdown

    def receive(self, body: bytes) -> None:
        """Do what one message says; never raises."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, _PARSE_ERROR, f"This is no JSON: {error}")
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._refuse(None, _INVALID_REQUEST, "This is no JSON-RPC 2.0 message.")
            return
        try:
            if "method" in message:
                self._called(message)
            else:
                self._answered(message)
        except Exception:
            _log.exception("cannot handle a message")

    def send(self, method: str, params: Message) -> None:
        """Send a notification whose parameters are plain data already."""
        self._send_data({"jsonrpc": "2.0", "method": method, "params": params})

    def tell_trace(self, message: str, details: str) -> None:
        """Tell what happens here, as far as the client wants to know."""
        if self.trace == lsp.TraceValue.Off:
            return
        verbose = {"verbose": details} if self.trace == lsp.TraceValue.Verbose else {}
        self.send(lsp.LOG_TRACE, {"message": message, **verbose})

    def plain(self, value: object) -> Any:
        """A value of lsprotocol's as plain data."""
        return self._converter.unstructure(value)

    def _called(self, message: Message) -> None:
        """A request or a notification."""
        method, identity = message["method"], message.get("id")
        asked = "id" in message
        if not isinstance(method, str) or (asked and not isinstance(identity, (int, str))):
            self._refuse(None, _INVALID_REQUEST, "A method is a string and an id a number or a string.")
        elif refusal := self._out_of_order(method):
            if asked:
                self._refuse(identity, *refusal)
        elif asked and _is_notification(method):
            self._refuse(identity, _INVALID_REQUEST, f"{method} is a notification, and has no id.")
        elif method != lsp.CANCEL_REQUEST and not self._knows(method):
            if asked:
                self._refuse(identity, _METHOD_NOT_FOUND, f"There is no method {method}.")
        else:
            try:
                structured = self.structure_message(message)
            except JsonRpcException as error:
                if asked:
                    self._refuse(identity, error.code, f"The parameters of {method} are not as they must be.")
                return
            self._introduced = self._introduced or method == lsp.INITIALIZE
            self.handle_message(structured)

    def _answered(self, message: Message) -> None:
        """The answer to a request of ours."""
        identity = message.get("id")
        if not isinstance(identity, (int, str)):
            _log.warning("the client reports an error: %s", message.get("error"))
            return
        future = self._request_futures.get(identity)
        if identity not in self._result_types or future is None or future.done():
            # It is none of ours, was answered before, or whoever asked has given up.
            _log.debug("nobody waits for the answer to %s", identity)
            if self._result_types.pop(identity, None) is not None:
                self._request_futures.pop(identity, None)
            return
        try:
            self.handle_message(self.structure_message(message))
        except JsonRpcException as error:
            # Whoever waits for the answer learns that there is none to be had.
            if future := self._request_futures.pop(identity, None):
                future.set_exception(error)

    def _out_of_order(self, method: str) -> tuple[int, str] | None:
        """The error for a method that must not be called now."""
        if method == lsp.EXIT:
            return None
        if self._shutdown:
            return _INVALID_REQUEST, "The server was shut down."
        if self._introduced and method == lsp.INITIALIZE:
            return _INVALID_REQUEST, "The server was initialized before."
        if not self._introduced and method != lsp.INITIALIZE:
            return _NOT_INITIALIZED, "The server was not initialized."
        return None

    def _knows(self, method: str) -> bool:
        return method in self.fm.features or method in self.fm.builtin_features

    def _refuse(self, identity: int | str | None, code: int, sentence: str) -> None:
        """Answer a request with an error."""
        self._send_data({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": sentence}})


def _is_notification(method: str) -> bool:
    """Whether the protocol has a method to which there is no answer."""
    types = lsp.METHOD_TO_TYPES.get(method)
    return types is not None and types[1] is None


def quiet_pygls() -> None:
    """pygls logs each failure up to three times, and every byte when asked for information; we log once."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
