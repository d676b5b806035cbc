"""What may an answer say? One schema for each body that the API sends; they describe, and check nothing at run time."""

from typing import Any

from marshmallow import Schema, fields, validate

from watchsync.job import Lane
from watchsync.snapshot import Completeness
from watchsync.titles import Kind

_STATUSES = validate.OneOf(["pending", "processing", "completed", "failed", "cancelled"])


class Camel(Schema):
    """Fields are written in camelCase."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Marshmallow's hook for each field."""
        first, *rest = field_name.split("_")
        field_obj.data_key = first + "".join(map(str.capitalize, rest))


class FieldProblem(Schema):
    """One field that is wrong."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer or name of the parameter."})
    detail = fields.String(required=True)


class Problem(Camel):
    """Problem details (RFC 9457), sent as application/problem+json."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    correlation_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblem))


class ProgressDetail(Schema):
    """How far a job is."""

    stage = fields.String(required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)


class JobError(Schema):
    """Why the latest attempt failed."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class SyncState(Camel):
    """What anybody may know of a job whose id they hold."""

    job_id = fields.String(required=True)
    status = fields.String(required=True, validate=_STATUSES)
    progress = fields.String()
    progress_detail = fields.Nested(ProgressDetail)
    error = fields.Nested(JobError)


class Attempt(Camel):
    """One attempt that ended."""

    number = fields.Integer(required=True)
    worker = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True)
    outcome = fields.String(required=True)
    error = fields.String(required=True, allow_none=True)


class Title(Camel):
    """One playable title of a list."""

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in Kind]))
    name = fields.String(required=True)
    position = fields.Integer(required=True)
    added_at = fields.DateTime(required=True, allow_none=True)
    original_name = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True, allow_none=True)
    end_year = fields.Integer(required=True, allow_none=True)
    released = fields.Date(required=True, allow_none=True)
    stage = fields.String(required=True, allow_none=True)
    rating = fields.Float(required=True, allow_none=True)
    votes = fields.Integer(required=True, allow_none=True)
    runtime_seconds = fields.Integer(required=True, allow_none=True)
    genres = fields.List(fields.String(), required=True)
    overview = fields.String(required=True, allow_none=True)
    certificate = fields.String(required=True, allow_none=True)
    metascore = fields.Integer(required=True, allow_none=True)
    directors = fields.List(fields.String(), required=True)
    image = fields.String(required=True, allow_none=True)
    tmdb_id = fields.Integer(required=True, allow_none=True)
    tmdb_poster = fields.String(required=True, allow_none=True)
    tmdb_backdrop = fields.String(required=True, allow_none=True)
    popularity = fields.Float(required=True, allow_none=True)


class _ListFacts(Camel):
    """What is said of a list wherever it is spoken of."""

    list_ref = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    fetched_at = fields.DateTime(required=True)
    read_in_full_at = fields.DateTime(required=True, allow_none=True)
    modified_at = fields.DateTime(required=True, allow_none=True)
    rows = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    duplicates = fields.Integer(required=True)
    folded_episodes = fields.Integer(required=True)
    left_out = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    strategy = fields.String(required=True)
    form = fields.String(required=True)
    completeness = fields.String(required=True, validate=validate.OneOf([each.value for each in Completeness]))
    missing = fields.Integer(required=True)
    bound = fields.Integer(required=True, allow_none=True)
    unenriched = fields.Integer(required=True)


class Snapshot(_ListFacts):
    """A list as it was last read, newest added title first."""

    author = fields.String(required=True, allow_none=True)
    titles = fields.List(fields.Nested(Title), required=True)


class ListStatus(_ListFacts):
    """What a list's snapshot holds and how old it is."""

    titles = fields.Integer(required=True)
    movies = fields.Integer(required=True)
    series = fields.Integer(required=True)
    freshness = fields.String(required=True, validate=validate.OneOf(["fresh", "stale"]))
    remembered = fields.Boolean(
        required=True, metadata={"description": "Redis is away: this is what was last seen, and there may be news."}
    )
    manifest_url = fields.String(required=True)
    install_url = fields.String(required=True)


class Job(Camel):
    """A job for who holds a token; what is not known yet is left out."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=_STATUSES)
    progress = fields.String()
    progress_detail = fields.Nested(ProgressDetail)
    error = fields.String()
    error_code = fields.String()
    list_ref = fields.String(required=True)
    attempts = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    started_at = fields.DateTime()
    finished_at = fields.DateTime()
    retry_at = fields.DateTime()
    correlation_id = fields.String()
    summary = fields.Dict(keys=fields.String())
    history = fields.List(fields.Nested(Attempt), required=True)
    result = fields.Nested(Snapshot)


class JobList(Schema):
    """Jobs, newest first, and where the next page begins."""

    jobs = fields.List(fields.Nested(Job), required=True)
    cursor = fields.String(required=True, allow_none=True)


class SubmittedJob(Camel):
    """The job that will do it, or the fresh snapshot."""

    job_id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=_STATUSES)
    cached = fields.Boolean()
    result = fields.Nested(Snapshot)


class SubmittedSync(Camel):
    """The job that will do it; none where the snapshot is fresh and no job is known."""

    job_id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=_STATUSES)
    list_ref = fields.String(required=True)


class Payload(Camel):
    """What a job was asked to do."""

    list_ref = fields.String(required=True)
    lane = fields.String(required=True, validate=validate.OneOf([lane.value for lane in Lane]))
    force_refresh = fields.Boolean(required=True)
    callback_url = fields.String(required=True, allow_none=True)


class DeadLetter(Job):
    """A job that failed for good, with what it was asked to do."""

    payload = fields.Nested(Payload, required=True)


class DeadLetterList(Schema):
    """Dead letters, the latest first, and where the next page begins."""

    jobs = fields.List(fields.Nested(DeadLetter), required=True)
    cursor = fields.String(required=True, allow_none=True)


class Requeued(Schema):
    """How many dead letters were requeued, and how many stay because their list has an active job."""

    requeued = fields.Integer(required=True)
    left = fields.Integer(required=True)


class Purged(Schema):
    """How many dead letters were dropped."""

    dropped = fields.Integer(required=True)


class Health(Schema):
    """How well the process is, part by part."""

    status = fields.String(required=True, validate=validate.OneOf(["healthy", "degraded", "unhealthy"]))
    checks = fields.Dict(keys=fields.String(), required=True)


class Probe(Schema):
    """One word for a platform."""

    status = fields.String(required=True, validate=validate.OneOf(["alive", "ready", "not ready"]))


class Description(Camel):
    """The description of the API, in Swagger 2.0."""

    swagger = fields.String(required=True)
    info = fields.Dict(keys=fields.String(), required=True)
    paths = fields.Dict(keys=fields.String(), required=True)
    definitions = fields.Dict(keys=fields.String(), required=True)
    security_definitions = fields.Dict(keys=fields.String(), required=True)
