"""What does every page carry, whatever it shows? Made once for each size."""

import html
import random
from functools import lru_cache
from urllib.parse import quote

import orjson

from watchsync.demo import words
from watchsync.demo.states import Size

_TEXTS_CHARACTERS = {Size.FULL: 490_000, Size.SMALL: 12_000}
_STYLES_CHARACTERS = {Size.FULL: 200_000, Size.SMALL: 2_000}
_STATES = {
    "list_privacy_private_list_description": "The creator of this list has not enabled public viewing",
    "list_privacy_private_list_title": "This list is private",
    "list_page_empty_text": "This list is empty.",
    "list_page_item_does_not_exist": "This item does not exist and should be removed",
    "list_page_no_results": "No results match your filters.",
    "list_page_titles_count": "{count, plural, one {# title} other {# titles}}",
    "list_page_people_count": "{count, plural, one {# person} other {# people}}",
    "list_page_images_count": "{count, plural, one {# image} other {# images}}",
    "watchlist_empty_title": "Your Watchlist is empty",
    "watchlist_signed_out_text": "Sign in to create and see your Watchlist",
    "common_sign_in": "Sign in",
    "common_sign_in_to_continue": "Sign in to continue. You need an account to see this page.",
    "common_enter_password": "Email or mobile phone number and password",
    "error_page_404_title": "404 Error",
    "error_page_404_text": "The requested URL was not found on our server.",
    "error_page_403_title": "403 Forbidden",
    "error_page_429_title": "Too Many Requests",
    "error_page_500_text": "Error while processing your request. Please try again later.",
    "error_page_503_title": "Service Unavailable",
    "captcha_title": "Human Verification",
    "captcha_text": "Let's confirm you are human. Complete the security check before continuing.",
    "challenge_noscript_title": "JavaScript is disabled",
    "challenge_noscript_text": "In order to continue, we need to verify that you're not a robot. "
    "This requires JavaScript. Enable JavaScript and then reload the page.",
    "consent_text": "We use cookies. Choose Accept or Decline.",
    "consent_accept": "Accept",
    "ratings_rated_on": "Rated on {date}",
    "ratings_empty_text": "This user has not rated anything yet.",
    "user_not_found": "This user does not exist or was removed.",
}
"""The wording of every state that a page can have stands on every page."""


@lru_cache
def texts(size: Size) -> bytes:
    """``translationContext.i18n.resources`` as JSON."""
    rng = random.Random("texts")  # noqa: S311 - invented, not secret
    resources, characters = dict(_STATES), 0
    while characters < _TEXTS_CHARACTERS[size]:
        text = rng.choice(words.PLOTS).format(
            noun=rng.choice(words.NOUNS), adjective=rng.choice(words.ADJECTIVES), place="{place}", name="{name}"
        )
        name = f"{rng.choice(words.GENRES).lower()}_{rng.choice(words.NOUNS).lower()}_{len(resources)}"
        resources[name] = text
        characters += len(name) + len(text) + 6
    return orjson.dumps(resources)


@lru_cache
def styles(size: Size) -> bytes:
    """The classes of a build, which change with each."""
    rng = random.Random("styles")  # noqa: S311
    rules: list[str] = []
    while len(rules) < _STYLES_CHARACTERS[size] // 40:
        name, margin = rng.randbytes(4).hex(), 10 + rng.randrange(80)
        rules.append(f".sc-{name}-{len(rules) % 9}{{margin:0 {margin}px;color:#c00}}")
    return f"<style data-styled>{''.join(rules)}</style>".encode()


def header(path: str) -> str:
    """The bar above every page; who is not signed in is asked to everywhere."""
    return (
        '<nav id="imdbHeader"><a class="ipc-btn" href="/">IMDb</a>'
        f'<a class="ipc-btn" href="/registration/signin/?u={html.escape(quote(path, safe=""))}">Sign in</a></nav>'
    )


SIGN_IN_FORM = (
    '<!DOCTYPE html><html lang="en-US"><head><meta charset="utf-8"><title>IMDb Sign-In</title></head><body>'
    '<div id="signin-options"><h1>Sign in</h1><form name="signIn" method="post" action="/ap/signin">'
    '<label>Email or mobile phone number <input type="email" name="email"></label>'
    '<label>Password <input type="password" name="password"></label><input type="submit" value="Sign in"></form>'
    '<a href="/registration/ap-create-account/">Create a new account</a></div></body></html>'
)
"""What stands in the place of a page that only members see."""
