"""The rows of one table over piccolo's CRUD: reading narrowed to what the person may see, writing by actions."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import pydantic
from piccolo.columns import Column, ForeignKey, Text
from piccolo_api.crud.endpoints import OrderBy, PiccoloCRUD
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.admin.table import AdminTable
from app.identity import audit
from app.identity.person import current_person
from app.identity.rights import may
from app.kit.errors import Forbidden, InvalidInput, NotFound, VillageError
from app.kit.i18n import gettext_ as _
from app.kit.slug import number_of
from app.web.manage.reach import Reach
from app.web.manage.writing import as_html, as_text

PAGE_ROWS: Final = 25
MOST_ROWS: Final = 1000
_NOWHERE: Final = "There is no such entry."
NOT_HERE: Final = "This can't be changed here."
_NOBODY: Final = -1

_reach: ContextVar[Reach] = ContextVar("admin_reach")
_shown: ContextVar[Sequence[AdminTable]] = ContextVar("admin_tables")


def set_limits(mine: Reach, tables: Sequence[AdminTable]) -> None:
    """Say what the person may touch and which tables they see; the mount calls it once a request."""
    _reach.set(mine)
    _shown.set(tables)


class Rows(PiccoloCRUD):
    """One `AdminTable`."""

    max_page_size = MOST_ROWS

    def __init__(self, told: AdminTable) -> None:
        self.told = told
        self._columns: dict[str, Column] = {
            name: told.table._meta.get_column_by_name(name) for name in ("id", *told.labels)
        }
        order = told.table._meta.get_column_by_name(told.order)
        super().__init__(
            table=told.table,
            page_size=PAGE_ROWS,
            read_only=False,
            allow_bulk_delete=False,
            max_joins=0,
            schema_extra={
                "visible_column_names": told.listed,
                "visible_filter_names": [name for name in told.labels if name not in told.long_texts],
                "rich_text_columns": (),
                "media_columns": (),
                "link_column_name": told.listed[0],
                "order_by": (OrderBy(column=order, ascending=False).to_dict(),),
                "time_resolution": {},
            },
        )
        # Piccolo lists every column of the table here, also those that stay on the server.
        self.visible_fields_options = tuple(self._columns)
        self.schema_extra["visible_fields_options"] = self.visible_fields_options

    # What may be seen

    def _apply_filters(self, query: Any, params: Any) -> Any:
        for name in params.fields:
            if name not in self._columns:
                # Filters by a hidden column would tell what it holds.
                raise InvalidInput("This value can't be read here.", {name: "This value can't be read here."})
        mine = _reach.get()
        if self.told.provider and not mine.whole:
            column = self.told.table._meta.get_column_by_name(self.told.provider)
            query = query.where(column.is_in(mine.ids or [_NOBODY]))
        try:
            return super()._apply_filters(query, params)
        except pydantic.ValidationError as error:
            raise _unread(error) from error

    async def detail(self, request: Request) -> Response:
        """One row by its id; whatever is no id is nowhere."""
        row_id = number_of(str(request.path_params.get("row_id", "")))
        if row_id is None:
            raise NotFound(_NOWHERE)
        if request.method == "GET":
            return await self.get_single(request, row_id)
        if request.method == "DELETE":
            return await self.delete_single(request, row_id)
        return await self.patch_single(request, row_id, await request.json())

    async def get_all(self, request: Request, params: dict[str, Any] | None = None) -> Response:
        """The list; only the columns that the table shows."""
        wanted = dict(params or {})
        asked = str(wanted.get("__visible_fields") or "").split(",")
        fields = [name for name in asked if name in self._columns] or list(self._columns)
        wanted["__visible_fields"] = ",".join(fields if "id" in fields else ["id", *fields])
        order = wanted.get("__order")
        if order and any(part.lstrip("-") not in self._columns for part in str(order).split(",")):
            raise InvalidInput("This value can't be read here.", {"__order": "This value can't be read here."})
        found: Response = await super().get_all(request, wanted)
        return found

    async def get_single(self, request: Request, row_id: Any) -> Response:
        """One row; only the columns that the table shows."""
        row = await self._row(row_id)
        names: dict[str, str] = {}
        if request.query_params.get("__readable"):
            for name, column in self._columns.items():
                if isinstance(column, ForeignKey):
                    names[f"{name}_readable"] = await _readable(column, row[name])
        return _json(row | names | self._typed(row))

    async def get_ids(self, request: Request) -> Response:
        """Rows by id, for selections."""
        label = self.told.table._meta.get_column_by_name(self.told.search or "id")
        query = self.told.table.select(self.told.table.id, label).order_by(label)
        words = request.query_params.get("search", "")
        if words and self.told.search:
            query = query.where(label.ilike(f"%{words}%"))
        mine = _reach.get()
        if self.told.provider and not mine.whole:
            column = self.told.table._meta.get_column_by_name(self.told.provider)
            query = query.where(column.is_in(mine.ids or [_NOBODY]))
        rows = await query.limit(_number(request, "limit", 100)).offset(_number(request, "offset", 0))
        return JSONResponse({str(row["id"]): str(row[label._meta.name]) for row in rows})

    async def get_references(self, request: Request) -> JSONResponse:  # noqa: ARG002 - piccolo's signature
        """None: what hangs on a row is reached by its own list."""
        return JSONResponse({"references": []})

    async def get_schema(self, request: Request) -> JSONResponse:  # noqa: ARG002 - piccolo's signature
        """The form's fields in the reader's language."""
        schema = self.pydantic_model.model_json_schema()
        given: Mapping[str, Any] = schema["properties"]
        shown: dict[str, Any] = {}
        for name, label in self.told.labels.items():
            field = dict(given[name])
            extra = dict(field.get("extra", {}))
            target = extra.pop("foreign_key", None)
            column = self._columns[name]
            if target and isinstance(column, ForeignKey):
                to = next((one.name for one in _shown.get() if one.table is _target(column)), "")
                if to:
                    extra["foreign_key"] = target | {"to": to}
            if name in self.told.choices:
                extra["choices"] = {one: {"display_name": one, "value": one} for one in self.told.choices[name]}
            if name not in self.told.editable:
                extra["help_text"] = _("Shown only, it can't be changed here.")
            elif name in self.told.hints:
                extra["help_text"] = str(self.told.hints[name])
            shown[name] = field | {"title": str(label), "extra": extra}
        required = [name for name in schema.get("required", ()) if name in self.told.editable]
        return JSONResponse(schema | {"title": str(self.told.title), "properties": shown, "required": required})

    async def get_new(self, request: Request) -> Any:
        """The defaults of a new row."""
        self._may_write(self.told.create)
        answer = await super().get_new(request)
        given = msgspec.json.decode(answer.body)
        return JSONResponse({name: given.get(name) for name in self.told.labels})

    # What is written

    async def post_single(self, request: Request, data: dict[str, Any]) -> Response:  # noqa: ARG002 - piccolo's signature
        """A new row."""
        create = self._may_write(self.told.create)
        values = {name: value for name, value in self._read(data).items() if name in self.told.editable}
        values |= self._kept(values)
        self._own_provider(values, new=True)
        id_ = await create(values)
        await self._record("create", id_, values)
        return JSONResponse([{"id": id_}], status_code=201)

    async def patch_single(self, request: Request, row_id: Any, data: dict[str, Any]) -> Response:  # noqa: ARG002 - piccolo's signature
        """What is new in a row."""
        change = self._may_write(self.told.change)
        before = await self._row(row_id)
        # The front-end sends the whole form: only what differs was meant.
        sent = self._read(data)
        values = {name: value for name, value in sent.items() if not self._same(name, value, before.get(name))}
        locked = sorted(set(values) - set(self.told.editable))
        if locked:
            raise InvalidInput(NOT_HERE, dict.fromkeys(locked, NOT_HERE))
        values |= self._kept(values)
        self._own_provider(values, new=False)
        if values:
            await change(int(row_id), values)
            await self._record("change", int(row_id), values)
        row = await self._row(row_id)
        return _json(row | self._typed(row))

    async def put_single(self, request: Request, row_id: Any, data: dict[str, Any]) -> Response:
        """As `patch_single`."""
        return await self.patch_single(request, row_id, data)

    async def delete_single(self, request: Request, row_id: Any) -> Response:  # noqa: ARG002 - piccolo's signature
        """Delete or hide a row, as its action does."""
        remove = self._may_write(self.told.remove)
        await self._row(row_id)
        await remove(int(row_id))
        await self._record("remove", int(row_id), {})
        return Response(status_code=204)

    async def delete_all(self, request: Request, params: dict[str, Any] | None = None) -> Response:  # noqa: ARG002 - piccolo's signature
        """Refused: nobody empties a table here."""
        raise Forbidden(NOT_HERE)

    def _typed(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Long texts as they are typed: a small editor for HTML would lose what it doesn't know."""
        return {name: as_text(row[name]) for name in self.told.long_texts if name in row}

    def _kept(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Long texts as they are kept."""
        return {name: as_html(values[name] or "") for name in self.told.long_texts if name in values}

    def _may_write(self, deed: Callable[..., Any] | None) -> Callable[..., Any]:
        if deed is None or not may(current_person(), self.told.write):
            raise Forbidden(NOT_HERE)
        return deed

    def _read(self, data: Any) -> dict[str, Any]:
        """What was sent, by column; raises `InvalidInput` for what is no column or has the wrong type."""
        if not isinstance(data, dict):
            raise InvalidInput(NOT_HERE)
        unknown = sorted(str(name) for name in set(data) - {"id", *self._columns})
        if unknown:
            raise InvalidInput(NOT_HERE, dict.fromkeys(unknown, NOT_HERE))
        try:
            model = self.pydantic_model_optional(**self._clean_data(dict(data)))
        except pydantic.ValidationError as error:
            raise _unread(error) from error
        values = {name: getattr(model, name) for name in data if name in self.told.labels}
        # The front-end says nothing where a text is empty.
        empty = [name for name, value in values.items() if value is None and isinstance(self._columns[name], Text)]
        return values | dict.fromkeys(empty, "")

    def _same(self, name: str, sent: Any, before: Any) -> bool:
        """Whether a field was left as it was; a form knows times by the minute."""
        if isinstance(sent, datetime) and isinstance(before, datetime):
            return abs(sent - before) < timedelta(minutes=1)
        if name in self.told.long_texts:
            return bool(" ".join(str(sent).split()) == " ".join(as_text(before).split()))
        return bool(sent == before)

    def _own_provider(self, values: dict[str, Any], *, new: bool) -> None:
        """A provider's people write for their provider, also where the form says nothing."""
        name, mine = self.told.provider, _reach.get()
        if not name or mine.whole or (not new and name not in values):
            return
        text = "" if values.get(name) is None else str(values[name])
        values[name] = mine.chosen(text)

    async def _row(self, row_id: Any) -> dict[str, Any]:
        """A row that the person may see; raises `NotFound` for any other."""
        table = self.told.table
        rows = await table.select(*self._columns.values()).where(table.id == int(row_id))
        hidden = self.told.provider and rows and not _reach.get().holds(rows[0][self.told.provider])
        if not rows or hidden:
            raise NotFound(_NOWHERE)
        return dict(rows[0])

    async def _record(self, deed: str, id_: int, values: Mapping[str, Any]) -> None:
        detail = {"fields": sorted(values), "at": "admin"}
        await audit.record(f"{self.told.noun}.{deed}", target=f"{self.told.target}:{id_}", detail=detail)


def _unread(error: pydantic.ValidationError) -> InvalidInput:
    wrong = {str(one["loc"][0]): "This value can't be read here." for one in error.errors() if one["loc"]}
    return InvalidInput("Check what you entered in the address or the form, and try again.", wrong)


def _target(column: Any) -> Any:
    """The table that a foreign key leads to."""
    return column._foreign_key_meta.resolved_references  # noqa: SLF001 - Piccolo's only way to it


async def _readable(column: Any, value: Any) -> str:
    """What stands for a row of another table."""
    if value is None:
        return ""
    table = _target(column)
    rows = await table.select(table.get_readable()).where(table._meta.primary_key == value)
    return str(rows[0]["readable"]) if rows else ""


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 9 else default


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def told(error: VillageError, labels: Mapping[str, Any] | None = None) -> Response:
    """A refusal as the front-end shows it: one text, in the reader's language."""
    text = _(error.detail) % error.params if error.params else _(error.detail)
    if isinstance(error, InvalidInput) and error.fields:
        names = labels or {}
        text = " ".join(f"{names.get(name, name)}: {_(one)}" for name, one in error.fields.items())
    if error.status in (401, 403, 404, 413):
        return JSONResponse({"detail": text}, status_code=error.status)
    # The name is the front-end's own for a text that it shows as it is.
    return JSONResponse({"custom_form_error": text}, status_code=422)
