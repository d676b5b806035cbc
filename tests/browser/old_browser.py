"""Stands between Playwright and a real browser, and answers one command as one does that is too old for it."""

import json
import os
import subprocess
import sys
import threading

BROWSER, COMMAND, *ARGUMENTS = sys.argv[1:]
FROM_PLAYWRIGHT, TO_PLAYWRIGHT = 3, 4
lock = threading.Lock()


def messages(descriptor: int):
    rest = b""
    while part := os.read(descriptor, 65536):
        *whole, rest = (rest + part).split(b"\0")
        yield from whole


def send(descriptor: int, message: bytes) -> None:
    data = message + b"\0"
    while data:
        data = data[os.write(descriptor, data) :]


def answer(message: bytes) -> None:
    with lock:
        send(TO_PLAYWRIGHT, message)


commands_out, commands_in = os.pipe()
answers_out, answers_in = os.pipe()
set_up = f'exec 3<&{commands_out} 4>&{answers_in}; exec "$@"'
browser = subprocess.Popen(["/bin/sh", "-c", set_up, "sh", BROWSER, *ARGUMENTS], pass_fds=(commands_out, answers_in))


def forward() -> None:
    for message in messages(FROM_PLAYWRIGHT):
        asked = json.loads(message)
        if asked["method"] != COMMAND:
            send(commands_in, message)
            continue
        error = {"code": -32601, "message": f"'{COMMAND}' wasn't found"}
        answer(json.dumps({"id": asked["id"], "sessionId": asked.get("sessionId"), "error": error}).encode())
    browser.kill()


threading.Thread(target=forward, daemon=True).start()
os.close(answers_in)
for message in messages(answers_out):
    answer(message)
