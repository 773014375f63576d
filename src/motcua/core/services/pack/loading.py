"""From files to a pack, once per digest; and everything that is wrong with the files, told at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from threading import Lock
from typing import Any

from motcua.core.services.pack import checking, making
from motcua.core.services.pack.credentials import faults_of_credential
from motcua.core.services.pack.faults import Fault, PackError
from motcua.core.services.pack.files import Files, digest, read_files
from motcua.core.services.pack.pack import Pack
from motcua.core.services.pack.schema import faults_of
from motcua.core.services.pack.yaml_source import Source, read
from motcua.engines import bpmn, dmn, forms

_kept: dict[str, Pack] = {}
_lock = Lock()
_MOST_KEPT = 500


def load(where: FilePath | str | bytes | Mapping[str, str]) -> Pack:
    """The pack in a folder, a zip, or given as path → text. Raises PackError with every fault.

    Compiled once: the same files give the same object.
    """
    files = read_files(FilePath(where) if isinstance(where, str) else where)
    key = digest(files)
    kept = _kept.get(key)
    if kept is not None:
        return kept
    pack = _compile(files, key)
    with _lock:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = pack
    return pack


def check(where: FilePath | str | bytes | Mapping[str, str]) -> list[Fault]:
    """Everything wrong with a pack; empty when it can be used."""
    try:
        load(where)
    except PackError as error:
        return list(error.faults)
    return []


def _compile(files: Files, key: str) -> Pack:
    service = read("service.yaml", files["service.yaml"])
    faults = list(service.faults)
    if not faults:
        faults += checking.quoting(service)
        faults += faults_of(service, "service")
    _stop(faults)
    faults += checking.names(service, files)
    texts, text_faults = _texts(files)
    faults += text_faults
    faults += checking.expressions(service)
    _stop(faults)
    faults += faults_of_credential(service)
    rules = making.Rules(service.value)
    form = _part(faults, str(service.value["form"]), lambda text: _form(text, texts), files)
    process = _process(faults, str(service.value["process"]), files)
    models = {
        name: model
        for name in files
        if name.endswith(".dmn")
        and (model := _part(faults, name, lambda text: dmn.load(text.encode()), files))
    }
    if form is None or process is None or faults:
        raise PackError(faults)
    faults += checking.process(process, service.value, files[str(service.value["process"])])
    faults += checking.decisions(service, models)
    faults += checking.texts(service.value, texts)
    faults += _cases(files)
    _stop(faults)
    return making.pack(rules, service.value, texts, files, key, form, process, models)


def _stop(faults: list[Fault]) -> None:
    if faults:
        raise PackError(faults)


def _part(faults: list[Fault], name: str, build: Callable[[str], Any], files: Files) -> Any:
    """One file through its engine; what the engine refuses becomes a fault of that file."""
    try:
        return build(files[name])
    except forms.FormError as wrong:
        faults.append(_told(name, 0, f"{wrong.component_id} {wrong.path}".strip(), wrong.message))
    except bpmn.BpmnError as wrong:
        faults.append(_told(name, wrong.line or 0, wrong.element_id or "", wrong.message))
    except dmn.DmnError as wrong:
        faults.append(_told(name, getattr(wrong, "line", 0) or 0, "", str(wrong)))
    return None


def _process(faults: list[Fault], name: str, files: Files) -> bpmn.Definition | None:
    """The process, with everything that `bpmn check` calls an error, by element and line, not only the first."""
    wrong = checking.drawing(name, files[name], bpmn.Level.ERROR)
    if wrong:
        faults += wrong
        return None
    definition: bpmn.Definition | None = _part(faults, name, lambda text: bpmn.load(text.encode()), files)
    return definition


def warnings(files: Mapping[str, str]) -> list[Fault]:
    """What does not keep a pack from being used and yet deserves a look: dead ends, missing defaults, joins that get
    stuck, parts that nobody reaches."""
    service = read("service.yaml", files["service.yaml"])
    name = str(service.value["process"])
    return checking.drawing(name, files[name], bpmn.Level.WARNING)


def _told(file: str, line: int, key: str, message: str) -> Fault:
    return Fault(file, line, key, f"Không dùng được: {message}", f"This cannot be used: {message}")


def _form(text: str, texts: Mapping[str, Mapping[str, str]]) -> forms.Form:
    try:
        return forms.load(text, texts)
    except json.JSONDecodeError as wrong:
        raise forms.FormError(f"this is no JSON: {wrong}", "", f"line {wrong.lineno}") from None


def _texts(files: Files) -> tuple[dict[str, dict[str, str]], list[Fault]]:
    texts: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    for name in files:
        path = PurePosixPath(name)
        if path.parent.as_posix() != "texts" or path.suffix != ".yaml":
            continue
        source = read(name, files[name])
        faults += source.faults
        if not source.faults:
            faults += _not_texts(source)
            texts[path.stem] = {str(key): str(value) for key, value in (source.value or {}).items()}
    for lang in ("vi", "en"):
        if lang not in texts and not faults:
            faults.append(
                Fault(
                    f"texts/{lang}.yaml",
                    0,
                    "",
                    "Gói thiếu tệp chữ này.",
                    "The pack lacks this file of texts.",
                )
            )
    return texts, faults


def _not_texts(source: Source) -> Iterator[Fault]:
    if not isinstance(source.value, dict):
        yield source.fault((), "Phải là các dòng “mã: chữ”.", "This must be lines of “id: text”.")
        source.value = {}
        return
    for key, value in source.value.items():
        if not isinstance(value, str):
            yield source.fault(
                (str(key),),
                "Phải là chữ; hãy đặt trong dấu nháy.",
                "This must be a text; put it between quotes.",
            )


def _cases(files: Files) -> Iterator[Fault]:
    for name in files:
        if name.startswith("cases/") and name.endswith(".yaml") and name != "cases/world.yaml":
            source = read(name, files[name])
            yield from source.faults
            if not source.faults:
                yield from faults_of(source, "case")
