"""What has to be asked of the client: its settings, and that it tells when they or files on disk change."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from coroscope.lsp.client import Client

if TYPE_CHECKING:
    from coroscope.lsp.projects import Options
    from coroscope.lsp.server import Server

SECTION = "coroscope"
"""Where the client keeps our settings."""

_WATCHED = ("**/*.py", "**/*.pyi", "**/*.pth", "**/pyproject.toml", "**/pyvenv.cfg")

_log = logging.getLogger(__name__)


async def asked_options(server: Server, folders: Mapping[str, Path], common: Options) -> dict[Path | None, Options]:
    """The settings of each folder and, under None, of all else, as the client answers; `common` for what it leaves."""
    options: dict[Path | None, Options] = {None: common}
    items = [lsp.ConfigurationItem(scope_uri=uri, section=SECTION) for uri in folders]
    items.append(lsp.ConfigurationItem(section=SECTION))
    try:
        answers = await server.workspace_configuration_async(lsp.ConfigurationParams(items))
    except Exception as error:
        _log.warning("the client gives no configuration: %s", error)
        return options
    for path, answer in zip((*folders.values(), None), answers or (), strict=False):
        options[path] = {**common, **read_options(answer)}
    return options


def read_options(value: object) -> Options:
    """Settings from the client, which may send anything."""
    return {str(key): entry for key, entry in value.items()} if isinstance(value, Mapping) else {}


def wants_whole_workspace(initial: Options) -> bool:
    """Whether the user wants findings of all files, and not only of those that are open.

    It has to be known at the beginning: an editor that is offered them asks for them whenever it can.
    """
    return initial.get("workspaceDiagnostics") is True


def wanted_registrations(client: Client) -> list[lsp.Registration]:
    """What to register for, as far as the client announced that it can be done."""
    registrations = []
    if client.registers_watchers:
        watchers = [lsp.FileSystemWatcher(pattern) for pattern in _WATCHED]
        options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        registrations.append(lsp.Registration("coroscope-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if client.registers_configuration:
        settings = lsp.DidChangeConfigurationRegistrationOptions(section=SECTION)
        registrations.append(lsp.Registration("coroscope-settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, settings))
    return registrations
