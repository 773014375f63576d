"""Columns that hold personal data: plain in Python, sealed in the database.

`SealedText` and `SealedJSON` are read and written as any other field. They cannot be searched; a `SealedText` that must
be found by its exact value names a `BlindIndex` beside it, and `filter(number="…")` then looks there. A model may say
by `sealing_group()` under which key a row lies, so that a group of rows is erased together; else each table has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler

from motcua.core.sealing import envelope, keyring

if TYPE_CHECKING:
    FieldOfAnything = models.Field[Any, Any]
    AnyText = models.TextField[Any, Any]
    AnyLookup = Lookup[Any]
else:
    FieldOfAnything, AnyText, AnyLookup = models.Field, models.TextField, Lookup


class Ready(str):
    """A value sealed already, under the key of its row's group."""


class Sealed(FieldOfAnything):
    """What both kinds share: sealing on the way in, opening on the way out."""

    gone: ClassVar[Any] = ""
    """What is read where the key was erased."""

    def get_internal_type(self) -> str:
        return "TextField"

    def db_type(self, connection: Any) -> str:
        return "text"

    def seal(self, value: Any, group: str = "") -> str | None:
        """The value as it lies in the database, under the key of `group` (default: the table's)."""
        if value is None or isinstance(value, Ready):
            return value
        key = keyring.key_for(group or self.model._meta.db_table)
        return Ready(envelope.seal(key.cipher, key.id, self.as_text(value), self.place))

    def unseal(self, stored: str | None) -> Any:
        """The value again; `gone` when its key was erased. What was never sealed is read as it stands."""
        if stored is None:
            return None
        if not envelope.is_sealed(stored):
            return self.as_value(stored)
        try:
            key = keyring.key_named(envelope.key_id_of(stored))
        except keyring.Erased:
            return self.gone
        return self.as_value(envelope.unseal(key.cipher, stored, self.place))

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def as_text(self, value: Any) -> str:
        return str(value)

    def as_value(self, text: str) -> Any:
        return text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        group = getattr(model_instance, "sealing_group", None)
        return self.seal(value, group() if group else "")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if value is None else str(self.seal(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return self.unseal(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.place} is sealed: it cannot be searched by {lookup_name}")

    def get_transform(self, lookup_name: str) -> Any:
        return None


def sealed_fields(model: type[models.Model], *names: str) -> list[Sealed]:
    """The sealed columns of those names, for plain statements that read or write them."""
    fields = [model._meta.get_field(name) for name in names]
    if not all(isinstance(field, Sealed) for field in fields):
        raise TypeError(f"{model.__name__}: not all of {', '.join(names)} are sealed")
    return fields  # type: ignore[return-value]


def seal_row(model: type[models.Model], row: Mapping[str, Any], group: str) -> dict[str, Any]:
    """A row of columns for a plain statement, with those sealed that the model seals."""
    return {
        name: field.seal(value, group) if isinstance(field := model._meta.get_field(name), Sealed) else value
        for name, value in row.items()
    }


class SealedText(Sealed):
    """A text; `blind` names the `BlindIndex` by which it is found."""

    def __init__(self, *args: Any, blind: str = "", **options: Any) -> None:
        self.blind = blind
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, **({"blind": self.blind} if self.blind else {})}

    def get_lookup(self, lookup_name: str) -> Any:
        if self.blind and lookup_name in LOOKUPS:
            return LOOKUPS[lookup_name]
        return super().get_lookup(lookup_name)


class SealedJSON(Sealed):
    """Anything JSON can say."""

    gone: ClassVar[Any] = {}

    def as_text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)

    def as_value(self, text: str) -> Any:
        return json.loads(text)


class BlindIndex(AnyText):
    """By which a sealed value is found: a keyed digest of the field `of`, kept up by saving.

    Fields that mean the same thing share a `purpose`. An empty value has no index.
    """

    def __init__(self, *args: Any, of: str = "", purpose: str = "", **options: Any) -> None:
        self.of, self.purpose = of, purpose
        options["null"], options["editable"] = True, False
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of, "purpose": self.purpose}

    def index(self, value: str | None) -> str | None:
        return keyring.blind(self.purpose, value) if value else None

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        index = self.index(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, index)
        return index


class _Found(AnyLookup):
    """A look-up on a sealed text, done on its blind index."""

    prepare_rhs = False

    def index(self, compiler: SQLCompiler) -> tuple[str, BlindIndex]:
        """The index's column, as the statement calls it."""
        assert isinstance(self.lhs, Col)
        field = self.lhs.target
        assert isinstance(field, SealedText)
        index = field.model._meta.get_field(field.blind)
        assert isinstance(index, BlindIndex)
        return Col(self.lhs.alias, index).as_sql(compiler, compiler.connection)[0], index


class _Exact(_Found):
    lookup_name = "exact"

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        column, index = self.index(compiler)
        return f"{column} = %s", [index.index(str(self.rhs))]


class _In(_Found):
    lookup_name = "in"

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        column, index = self.index(compiler)
        return f"{column} = any (%s)", [[index.index(str(value)) for value in self.rhs if value]]


LOOKUPS = {"exact": _Exact, "iexact": _Exact, "in": _In}
