"""What may a request say? One schema for each body, query and set of headers."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate, validates_schema

_LONGEST_REF = 2_000


class StrictBoolean(fields.Boolean):
    """Only true and false; a word or a number that looks like one is a mistake."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> bool:
        del attr, data
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Refused(fields.Raw):
    """A field that the contract has and we do not yet: better refused than taken and not heeded."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **_: Any) -> Any:
        """Refuse any value, even none."""
        del attr, data
        if value is missing:
            return missing
        raise ValidationError(str(self.metadata["description"]))


class _ListRequest(Schema):
    """One list, by one of its two names."""

    list_ref = fields.String(
        data_key="listRef",
        validate=validate.Length(1, _LONGEST_REF),
        metadata={"description": "An IMDb id or address of a user, watchlist, ratings or list page."},
    )
    force_refresh = StrictBoolean(
        data_key="forceRefresh", load_default=False, metadata={"description": "Read it even if it is fresh."}
    )

    @validates_schema
    def _exactly_one(self, data: Mapping[str, Any], **_: Any) -> None:
        user_key = next(field.data_key for name, field in self.fields.items() if name == "user_id")
        if ("list_ref" in data) == ("user_id" in data):
            raise ValidationError(f"Give exactly one of {user_key} and listRef.")


class JobRequest(_ListRequest):
    """The body of ``POST /jobs``."""

    user_id = fields.String(
        data_key="imdbUserId",
        validate=validate.Length(1, _LONGEST_REF),
        metadata={"description": "In place of listRef."},
    )
    callback_url = Refused(
        data_key="callbackUrl",
        metadata={"description": "Refused: there are no callbacks yet. Follow the job's events."},
    )


class SyncBody(_ListRequest):
    """The body of ``POST /api/sync``."""

    user_id = fields.String(
        data_key="userId",
        validate=validate.Length(1, _LONGEST_REF),
        metadata={"description": "In place of listRef."},
    )


class PageQuery(Schema):
    """The query of whatever is read page by page."""

    cursor = fields.String(validate=validate.Length(1, 40))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class JobsQuery(PageQuery):
    """The query of ``GET /jobs``."""

    user = fields.String(validate=validate.Length(1, _LONGEST_REF))
    status = fields.String(validate=validate.OneOf(["pending", "processing", "completed", "failed", "cancelled"]))


class JobHeaders(Schema):
    """The headers of ``POST /jobs`` that matter."""

    class Meta:
        """A request has many other headers."""

        unknown = "exclude"

    idempotency_key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Regexp(r"^[\x21-\x7e]{1,200}$", error="1 to 200 visible characters."),
    )
