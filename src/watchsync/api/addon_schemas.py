"""What does the addon answer? Schemas of the Stremio protocol's bodies; they describe, and check nothing."""

from marshmallow import Schema, fields, validate

from watchsync.api.response_schemas import Camel


class Extra(Schema):
    """What a catalog may be asked for."""

    name = fields.String(required=True)
    options = fields.List(fields.String())


class ManifestCatalog(Camel):
    """One catalog of the addon."""

    type = fields.String(required=True)
    id = fields.String(required=True)
    name = fields.String(required=True)
    page_size = fields.Integer(required=True)
    show_in_home = fields.Boolean(required=True)
    extra = fields.List(fields.Nested(Extra), required=True)


class Manifest(Camel):
    """A Stremio manifest."""

    id = fields.String(required=True)
    version = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    logo = fields.String(required=True)
    resources = fields.List(fields.Raw(), required=True)
    types = fields.List(fields.String(), required=True)
    id_prefixes = fields.List(fields.String(), required=True)
    catalogs = fields.List(fields.Nested(ManifestCatalog), required=True)
    behavior_hints = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)


class MetaPreview(Camel):
    """One item of a catalog: a title, or a card that says what is going on."""

    id = fields.String(required=True)
    type = fields.String(required=True, validate=validate.OneOf(["movie", "series"]))
    name = fields.String(required=True)
    poster = fields.String(required=True)
    poster_shape = fields.String(required=True)
    background = fields.String()
    description = fields.String()
    release_info = fields.String()
    released = fields.DateTime()
    imdb_rating = fields.String()
    runtime = fields.String()
    genres = fields.List(fields.String())
    director = fields.List(fields.String())


class Catalog(Camel):
    """A page of a catalog, and for how many seconds it may be kept."""

    metas = fields.List(fields.Nested(MetaPreview), required=True)
    cache_max_age = fields.Integer(required=True)
    stale_revalidate = fields.Integer(required=True)
    stale_error = fields.Integer(required=True)


class Link(Schema):
    """Where one can go from a card."""

    name = fields.String(required=True)
    category = fields.String(required=True)
    url = fields.String(required=True)


class OpenedCard(MetaPreview):
    """A card at length."""

    links = fields.List(fields.Nested(Link), required=True)


class Meta(Schema):
    """The page of a card."""

    meta = fields.Nested(OpenedCard, required=True)


class RadarrFilm(Schema):
    """A film in StevenLu's form."""

    title = fields.String(required=True)
    imdb_id = fields.String(required=True)
    poster_url = fields.String(required=True)
