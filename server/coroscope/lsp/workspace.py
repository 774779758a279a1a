"""What the worker knows: a project for each folder, brought up to date with the open documents before each question.

Everything here happens in the worker's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coroscope.lsp.documents import Document, Documents
from coroscope.lsp.paths import file_uri, stand_in
from coroscope.notebooks import SUFFIX
from coroscope.source import SourceError

if TYPE_CHECKING:
    from coroscope.findings import Finding
    from coroscope.lsp.projects import Options
    from coroscope.model.module import Module
    from coroscope.project.project import Project
    from coroscope.source import Source

_PROJECT_FILES = {"pyproject.toml", "pyvenv.cfg"}


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found in one version of a document."""

    document: Document
    project: Project
    module: Module
    findings: Sequence[Finding]
    open_documents: Mapping[str, Document]
    """By path: what the project knew of the editor's buffers."""

    @property
    def points_elsewhere(self) -> bool:
        """Whether a finding names a place in another file, which moves with the lines of that file."""
        own = self.document.source.path
        return any(place.path != own for finding in self.findings for place in finding.related)

    def text_of(self, path: str) -> Source | None:
        """The text of any file that a finding or an edit may name."""
        return self.project.source(path)


class Workspace:
    """Answers what is to be said about a document; `complain` takes a sentence that the user should read."""

    def __init__(self, documents: Documents, complain: Callable[[str], None]) -> None:
        self._documents = documents
        self._complain = complain
        self._folders: list[Path] = []
        self._options: dict[Path | None, Options] = {}
        self._projects: dict[Path, Project] = {}
        self._shown: dict[str, tuple[Document, Path, Project]] = {}
        self._by_path: Mapping[str, Document] = {}
        self._analyses: dict[str, Analysis] = {}

    def configure(self, folders: Sequence[Path], options: Mapping[Path | None, Options]) -> None:
        """Begin anew with these folders and the client's settings for each, None meaning all others."""
        self._folders = sorted(folders, key=lambda folder: -len(folder.parts))
        self._options = dict(options)
        self._forget()

    def changed_on_disk(self, paths: Iterable[Path]) -> None:
        """Look again at files that changed, came or went."""
        for path in paths:
            if path.name in _PROJECT_FILES:
                self._forget()
                return
            for project in self._projects.values():
                project.invalidate(path)

    def analysis(self, document: Document) -> Analysis:
        """What is found in a document, as it and everything around it is now: it may have been edited just now."""
        from coroscope import engine

        self._catch_up()
        document = self._shown[document.uri][0] if document.uri in self._shown else document
        path, project = self._place(document)
        module = project.module(path, document.source.path)
        known = self._analyses.get(document.uri)
        # A project makes a new module if anything has changed that this one may depend on, but for places.
        if known and known.module is module and not known.points_elsewhere:
            findings = known.findings
        elif _excluded(path, project):
            findings = []
        else:
            findings = engine.check(module, project.settings)
        analysis = Analysis(document, project, module, findings, self._by_path)
        self._analyses[document.uri] = analysis
        return analysis

    def wants_hints(self, analysis: Analysis) -> bool:
        """Whether the user wants inlay hints in a document."""
        from coroscope.lsp.projects import wants_hints

        return wants_hints(self._options_of(analysis.project.root))

    def files(self) -> Iterator[Path]:
        """Every file of the workspace folders but notebooks: the client alone knows what it would call their cells."""
        for folder in self._folders:
            for path in self._project(folder).files([folder], problem=lambda _: None):
                if path.suffix != SUFFIX and self._root(path) == folder:
                    yield path

    def closed(self, path: Path) -> Analysis | None:
        """What is found in a file that is not open; None if it cannot be read."""
        from coroscope import engine

        self._catch_up()
        project = self._project(self._root(path))
        try:
            module = project.module(path)
        except SourceError:
            return None
        document = Document(file_uri(path), 0, module.source, path)
        findings = [] if _excluded(path, project) else engine.check(module, project.settings)
        return Analysis(document, project, module, findings, self._by_path)

    def basis(self, path: Path) -> object:
        """What is found in a file that is not open stands as long as this is equal."""
        self._catch_up()
        project = self._project(self._root(path))
        source = project.source(str(path))
        return project.program, source.text if source else None

    def advance(self, count: int) -> bool:
        """Read so many files more of projects that analyses asked about; whether there are any left."""
        return any(project.advance(count) for project in list(self._projects.values()))

    def _catch_up(self) -> None:
        """Show the projects every open document as it is now."""
        current = {document.uri: document for document in self._documents.all()}
        self._by_path = {document.source.path: document for document in current.values()}
        for uri in [uri for uri in self._shown if uri not in current]:
            _, path, project = self._shown.pop(uri)
            project.close(path)
            self._analyses.pop(uri, None)
        for uri, document in current.items():
            shown = self._shown.get(uri)
            if shown is None:
                path, project = self._place(document)
                project.open(path, document.source.text)
            elif shown[0] is not document:
                _, path, project = shown
                project.change(path, document.source.text)
            else:
                continue
            self._shown[uri] = (document, path, project)

    def _place(self, document: Document) -> tuple[Path, Project]:
        """The path under which a project knows a document, and that project."""
        if shown := self._shown.get(document.uri):
            return shown[1], shown[2]
        if document.path:
            return document.path, self._project(self._root(document.path))
        root = self._folders[-1] if self._folders else Path.cwd()
        return stand_in(document.uri, root), self._project(root)

    def _root(self, path: Path) -> Path:
        """The innermost workspace folder around a file; outside of all, the folder that looks like its project."""
        from coroscope.project.root import find_root

        return next((folder for folder in self._folders if folder in path.parents), None) or find_root([path])

    def _project(self, root: Path) -> Project:
        if project := self._projects.get(root):
            return project
        from coroscope.lsp.projects import make_project

        project = self._projects[root] = make_project(root, self._options_of(root), self._complain)
        return project

    def _options_of(self, root: Path) -> Options:
        """The client's settings for the project in a folder."""
        return self._options.get(root, self._options.get(None, {}))

    def _forget(self) -> None:
        self._projects.clear()
        self._shown.clear()
        self._analyses.clear()


def _excluded(path: Path, project: Project) -> bool:
    """Whether the settings leave out a file or a folder that it is in, as a walk from the project's root would."""
    inner = [path, *path.parents]
    if project.root not in inner:
        return False
    return any(project.settings.excludes(each) for each in inner[: inner.index(project.root)])
