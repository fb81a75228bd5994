"""Session cookies of Flask, by Flask itself: python3 flask.py >flask.json"""
import sys
sys.path.pop(0)  # this file's name is the package's
import json, time
from importlib.metadata import version
from flask import Flask, session
from itsdangerous import URLSafeTimedSerializer

SECRET = "flask 0d5f2a7c9be84f13"
MADE, AGE = 1768435200, 31 * 24 * 3600
time.time = lambda: MADE  # what the signer stamps


def cookie(data, secret=SECRET):
    app = Flask("shop", static_folder=None)
    app.secret_key = secret
    app.add_url_rule("/", view_func=lambda: session.update(data) or "")
    return app.test_client().get("/").headers["Set-Cookie"].split(";")[0].removeprefix("session=")


ZOE = {"user_id": 7, "name": "Zoë"}
LONG = {"user_id": 7, "name": "Zoë " * 50}
plain, zlib = cookie(ZOE), cookie(LONG)
assert zlib.startswith(".") and not plain.startswith(".")
other_use = URLSafeTimedSerializer(SECRET, salt="password reset", signer_kwargs={"key_derivation": "hmac"}).dumps(ZOE)

GOOD = {"reader": "session", "name": "session", "value": plain, "now": MADE, "issued": MADE, "gives": ZOE}
cookies = [
    {"case": "without zlib", **GOOD},
    {"case": "with zlib", **GOOD, "value": zlib, "gives": LONG},
    {"case": "at its last second", **GOOD, "now": MADE + AGE},
    {"case": "expired", **GOOD, "now": MADE + AGE + 1, "gives": "expired"},
    {"case": "another key", **GOOD, "value": cookie(ZOE, "another key"), "gives": "not authentic"},
    {"case": "signed for another use", **GOOD, "value": other_use, "gives": "not authentic"},
    {"case": "nobody's session", **GOOD, "value": cookie({"cart": [1]}), "gives": "unreadable"},
    {"case": "another cookie's name", **GOOD, "name": "other"},
]
made_by = f"Flask {version('flask')}, itsdangerous {version('itsdangerous')}"
print(json.dumps({"made_by": made_by, "secrets": [SECRET], "cookies": cookies}, indent=1, ensure_ascii=False))
