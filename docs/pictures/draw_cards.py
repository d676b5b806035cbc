"""Draw the posters of the informational cards, and the logo, into the package: `python docs/pictures/draw_cards.py`."""

import asyncio
import shutil
from pathlib import Path

from playwright.async_api import async_playwright

from watchsync.stremio.cards import Card, name_of

STATIC = Path(__file__).parents[2] / "src/watchsync/api/static"
WIDTH, HEIGHT = 400, 593
CARDS = {
    "syncing": (
        "#6d5bd0",
        "First sync is running",
        "M50 12a38 38 0 0 1 34 21m4-16v18H70M50 88a38 38 0 0 1-34-21m-4 16V65h18",
    ),
    "private": (
        "#c98a12",
        "Set it to Public on IMDb",
        "M26 46h48v38H26zM34 46V34a16 16 0 0 1 32 0v12M50 60v10",
    ),
    "not-found": (
        "#b4536a",
        "Check the address",
        "M44 18a26 26 0 1 0 .1 0M63 63l21 21M36 36l16 16m0-16L36 52",
    ),
    "not-titles": (
        "#7a5ea8",
        "Paste a watchlist",
        "M50 14a18 18 0 1 0 .1 0M18 86a32 32 0 0 1 64 0z",
    ),
    "blocked": ("#b4574a", "We retry automatically", "M50 14a36 36 0 1 0 .1 0M25 25l50 50"),
    "trouble": ("#a8663a", "We retry automatically", "M50 16l38 66H12zM50 40v20M50 70v2"),
    "empty": (
        "#3f7f93",
        "Add titles on IMDb",
        "M16 26h68v48H16zM16 40h68M34 26v14M50 26v14M66 26v14",
    ),
    "unavailable": (
        "#4d6390",
        "The store does not answer",
        "M28 72a18 18 0 0 1 2-36 24 24 0 0 1 46 6 15 15 0 0 1-4 30z",
    ),
    "ready": ("#2f8f6a", "Open the catalog again", "M20 52l20 20 40-44"),
    "unknown": ("#7a6a90", "Install it again", "M36 36a14 14 0 1 1 20 13c-4 2-6 5-6 11M50 72v2"),
}
PAGE = """<body style="margin:0;width:400px;height:593px;display:flex;flex-direction:column;justify-content:space-between;
box-sizing:border-box;padding:44px 36px;color:#fff;font-family:'DejaVu Sans',sans-serif;
background:linear-gradient(180deg,{colour},#10131d 78%)">
<svg viewBox="0 0 100 100" width="150" height="150" fill="none" stroke="#fff" stroke-width="6" stroke-linecap="round"
stroke-linejoin="round"><path d="{path}"/></svg>
<div><div style="font-size:46px;line-height:1.08;font-weight:700;letter-spacing:-.03em">{name}</div>
<div style="margin-top:18px;font-size:26px;color:#d5d9e6">{text}</div>
<div style="margin-top:40px;font-size:17px;color:#f5c518;font-weight:700">watchsync</div></div></body>"""


async def draw() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium-headless-shell"))
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for card, (colour, text, path) in CARDS.items():
            name = name_of(Card(card))
            await page.set_content(PAGE.format(colour=colour, name=name, text=text, path=path))
            await page.screenshot(path=STATIC / f"card-{card}.png")
        await page.set_viewport_size({"width": 256, "height": 256})
        logo = (STATIC / "logo.svg").read_text()
        await page.set_content(f'<body style="margin:0">{logo}</body>')
        await page.screenshot(path=STATIC / "logo.png", omit_background=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
