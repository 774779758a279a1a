"""What the client said about itself when it introduced itself: we send nothing that it did not announce."""

from __future__ import annotations

from dataclasses import dataclass, field

from lsprotocol import types as lsp
from pygls.capabilities import get_capability

from coroscope.lsp.positions import Columns, agreed_units


@dataclass(frozen=True)
class Client:
    """The client's capabilities, as far as we ask for them."""

    columns: Columns = field(default_factory=Columns)
    diagnostic_versions: bool = False
    related_information: bool = False
    code_descriptions: bool = False
    diagnostic_data: bool = False
    unnecessary_tags: bool = False
    markdown: bool = True
    code_actions: bool = True
    preferred_actions: bool = False
    resolves_edits: bool = False
    document_changes: bool = False
    gives_configuration: bool = False
    registers_configuration: bool = False
    registers_watchers: bool = False
    pulls: bool = False
    related_documents: bool = False
    refreshes_diagnostics: bool = False
    shows_progress: bool = False
    completion: bool = False
    inserts_as_is: bool = False
    call_hierarchy: bool = False
    inlay_hints: bool = False
    refreshes_hints: bool = False

    @classmethod
    def introduced(cls, capabilities: lsp.ClientCapabilities) -> Client:
        """The client with these capabilities."""
        document = capabilities.text_document
        actions = document.code_action if document else None
        resolvable = get_capability(capabilities, "text_document.code_action.resolve_support.properties", ())
        tags = get_capability(capabilities, "text_document.publish_diagnostics.tag_support.value_set", ())
        modes = get_capability(
            capabilities, "text_document.completion.completion_item.insert_text_mode_support.value_set", ()
        )
        formats = get_capability(capabilities, "text_document.hover.content_format", ())

        def announced(name: str) -> bool:
            return bool(get_capability(capabilities, name, False))

        return cls(
            columns=Columns(agreed_units(capabilities)),
            diagnostic_versions=announced("text_document.publish_diagnostics.version_support"),
            related_information=announced("text_document.publish_diagnostics.related_information"),
            code_descriptions=announced("text_document.publish_diagnostics.code_description_support"),
            diagnostic_data=announced("text_document.publish_diagnostics.data_support"),
            unnecessary_tags=lsp.DiagnosticTag.Unnecessary in (tags or ()),
            markdown=not formats or lsp.MarkupKind.Markdown in formats,
            # A client that says nothing at all about code actions and asks for them is taken to know today's form.
            code_actions=actions is None or actions.code_action_literal_support is not None,
            preferred_actions=actions is None or bool(actions.is_preferred_support),
            resolves_edits="edit" in (resolvable or ()) and announced("text_document.code_action.data_support"),
            document_changes=announced("workspace.workspace_edit.document_changes"),
            gives_configuration=announced("workspace.configuration"),
            registers_configuration=announced("workspace.did_change_configuration.dynamic_registration"),
            registers_watchers=announced("workspace.did_change_watched_files.dynamic_registration"),
            pulls=document is not None and document.diagnostic is not None,
            related_documents=announced("text_document.diagnostic.related_document_support"),
            refreshes_diagnostics=announced("workspace.diagnostics.refresh_support"),
            shows_progress=announced("window.work_done_progress"),
            completion=document is not None and document.completion is not None,
            call_hierarchy=document is not None and document.call_hierarchy is not None,
            inlay_hints=document is not None and document.inlay_hint is not None,
            refreshes_hints=announced("workspace.inlay_hint.refresh_support"),
            inserts_as_is=lsp.InsertTextMode.AsIs in (modes or ()),
        )
