"""As much of a learning-management system as a launch with LTI 1.3 needs."""

import html
import http.server
import json
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from hub_clients import HubClient


class Platform(http.server.ThreadingHTTPServer):
    """As much of a learning-management system as a launch with LTI 1.3 needs: its keys are made
    here and gone with it.
    """

    def __init__(self, hub):
        self.hub, self.key, self.asked = (
            hub,
            rsa.generate_private_key(public_exponent=65537, key_size=2048),
            [],
        )
        super().__init__(("127.0.0.1", 0), Page)
        self.columns = ""  # address of a grade service, which a launch then names
        self.base = (
            f"http://localhost:{self.server_port}"  # another site than the hub's, as it would be
        )

    def token(self, person, nonce, **other):
        claim, now = "https://purl.imsglobal.org/spec/lti/claim/", int(time.time())
        words = {
            "iss": self.base,
            "aud": "tool-7",
            "sub": person,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            f"{claim}version": "1.3.0",
            f"{claim}message_type": "LtiResourceLinkRequest",
            f"{claim}deployment_id": "1",
            f"{claim}target_link_uri": self.hub,
            f"{claim}roles": [],
            f"{claim}resource_link": {"id": "course"},
        }
        if self.columns:
            words["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitems": self.columns,
            }
        return jwt.encode(words | other, self.key, algorithm="RS256", headers={"kid": "one"})


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        platform = self.server
        if path == "/JWKS":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(platform.key.public_key()))
            self.answer(
                "application/json",
                json.dumps({"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}),
            )
        elif path == "/course":  # the link in the course's page
            self.form(
                f"{platform.hub}hub/lti13/oauth_login",
                iss=platform.base,
                login_hint=asked["person"],
                target_link_uri=platform.hub + "hub",
                client_id="tool-7",
            )
        elif path == "/AUTHORIZE":
            platform.asked.append(asked)
            self.form(
                asked["redirect_uri"],
                state=asked["state"],
                id_token=platform.token(asked["login_hint"], asked["nonce"]),
            )
        else:
            self.send_error(404)

    def form(self, action, **fields):
        inputs = "".join(
            f'<input name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
        )
        self.answer(
            "text/html",
            "<!doctype html><title>LMS</title>"
            f'<form method="post" action="{html.escape(action)}">{inputs}</form>'
            "<script>document.forms[0].submit()</script>",
        )

    def answer(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class OverLti(HubClient):
    """A person who comes from the learning-management system, as a web client."""

    def log_in(self, platform, **claims):
        launch = {
            "iss": platform.base,
            "login_hint": self.name,
            "target_link_uri": self.base + "hub",
            "client_id": "tool-7",
        }
        sent = self.web.post(
            f"{self.base}hub/lti13/oauth_login", data=launch, allow_redirects=False, timeout=60
        )
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(sent.headers["Location"]).query))
        self.name = self.name.lower()  # as the hub writes it
        return self.web.post(
            asked["redirect_uri"],
            data={
                "state": asked["state"],
                "id_token": platform.token(
                    claims.pop("sub", self.name), claims.pop("nonce", asked["nonce"]), **claims
                ),
            },
            allow_redirects=False,
            timeout=60,
        )
