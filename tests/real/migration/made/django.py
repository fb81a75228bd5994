"""Cookies of django.contrib.sessions.backends.signed_cookies, by Django itself: python3 django.py >django.json"""
import sys
sys.path.pop(0)  # this file's name is the package's
import json, time
import django
from django.conf import settings

SECRET = "django-insecure-#kz!b(pl8)x0dr1w&o4s"
MADE, AGE = 1768435200, 14 * 24 * 3600
time.time = lambda: MADE  # what the signer stamps
settings.configure(SECRET_KEY=SECRET, SESSION_COOKIE_AGE=AGE)
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core import signing


def session(**data):
    store = SessionStore()
    store.update(data)
    store.save()
    return store.session_key


ZOE = {"user_id": 7, "name": "Zoë"}
LONG = {"user_id": 7, "name": "Zoë " * 50}
plain, zlib = session(**ZOE), session(**LONG)
assert zlib.startswith(".") and not plain.startswith(".")
settings.SECRET_KEY = "another key"
foreign = session(**ZOE)
settings.SECRET_KEY = SECRET
other_use = signing.dumps(ZOE, salt="password reset")
nobody = signing.dumps({"cart": [1]}, salt="django.contrib.sessions.backends.signed_cookies")

GOOD = {"reader": "session", "name": "sessionid", "value": plain, "now": MADE, "issued": MADE, "gives": ZOE}
cookies = [
    {"case": "without zlib", **GOOD},
    {"case": "with zlib", **GOOD, "value": zlib, "gives": LONG},
    {"case": "at its last second", **GOOD, "now": MADE + AGE},
    {"case": "expired", **GOOD, "now": MADE + AGE + 1, "gives": "expired"},
    {"case": "another key", **GOOD, "value": foreign, "gives": "not authentic"},
    {"case": "signed for another use", **GOOD, "value": other_use, "gives": "not authentic"},
    {"case": "nobody's session", **GOOD, "value": nobody, "gives": "unreadable"},
    {"case": "another cookie's name", **GOOD, "name": "other"},
]
print(json.dumps({"made_by": f"Django {django.__version__}", "secrets": [SECRET], "cookies": cookies}, indent=1, ensure_ascii=False))
