"""Addresses of the addon as clients, people and proxies write them."""

SAME_MANIFEST = [
    *("/ur1/manifest.json/", "/UR1/manifest.json", "/ur1/MANIFEST.JSON", "/ur1/Manifest.json", "/ur1/manifest.JSON/"),
    *("/API/Stremio/ur1/manifest.json", "/api/stremio/ur1/manifest.json/", "/api/stremio/UR1/Manifest.Json//"),
    *("/ur1/manifest.json//", "/Ur1/manifest.json?x=1", "/ur1/manifest.json/?x=1"),
]
SAME_BARE_MANIFEST = ["/Manifest.json", "/manifest.json/", "/MANIFEST.JSON", "/API/STREMIO/MANIFEST.JSON/"]
SAME_CATALOG = [
    *(
        "/ur1/catalog/movie/ur1-movies.json/",
        "/ur1/catalog/MOVIE/ur1-movies.json",
        "/ur1/CATALOG/movie/ur1-movies.json",
    ),
    *("/UR1/CATALOG/MOVIE/UR1-MOVIES.JSON", "/ur1/catalog/movie/UR1-Movies.json", "/ur1/catalog/movie/ur1-movies"),
    *("/api/stremio/UR1/Catalog/Movie/Ur1-movies.json//", "/ur1/catalog/movie/ur1-movies/skip=undefined.json"),
    *("/ur1/catalog/movie/ur1-movies/skip=null.json", "/ur1/catalog/movie/ur1-movies/skip=NaN.json"),
    *("/ur1/catalog/movie/ur1-movies/skip=.json", "/ur1/catalog/movie/ur1-movies/skip=None.json/"),
    *("/ur1/catalog/movie/ur1-movies/genre=All.json", "/ur1/catalog/movie/ur1-movies/genre=all&skip=0.json"),
    *("/ur1/catalog/movie/ur1-movies/genre=undefined.json", "/ur1/catalog/movie/ur1-movies/genre=null&skip=null.json"),
    *("/ur1/catalog/movie/ur1-movies/genre=Any.json", "/ur1/catalog/movie/ur1-movies/genre=None.json"),
    *("/ur1/catalog/movie/ur1-movies/genre=%20All%20.json", "/ur1/catalog/movie/ur1-movies/genre=Default.json"),
    *("/ur1/catalog/movie/ur1-movies/sort=undefined.json", "/ur1/catalog/movie/ur1-movies/search=&skip=.json"),
]
"""Each answers what the plain address answers."""

NOT_THE_ADDON = [
    *("/JOBS", "/Jobs/x", "/jobs/", "/ADMIN/dead", "/admin/dead/", "/METRICS", "/livez/", "/Health", "/API/SYNC"),
    *("/ur1/manifest.json/x", "/manifest.jsonx", "/x/y/manifest.json", "/ur1/catalog", "/ur1/catalog/"),
]
"""Only the addon's addresses are read so kindly; each of these is a 404."""
