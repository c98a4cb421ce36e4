"""Query interfaces over HTTP: a program gets a token (RFC 6749 section 4.4) or signs with SM2, then asks under an agreement."""

import json
from typing import Any

from authlib.integrations.django_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.security import HttpBearer
from pydantic import ConfigDict, Field

from yunshu.domains.exchange import queries, services
from yunshu.domains.exchange.rules import asking as rules
from yunshu.domains.exchange.rules import describing
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotPermitted, Refused

MOST_BODY = 16 << 10
_SIGNED = ("X-Yunshu-Client", "X-Yunshu-Time", "X-Yunshu-Nonce", "X-Yunshu-Signature")

# who asks -------------------------------------------------------------------------------------------------------------


class _Applicant(ClientMixin):
    """A program that asks for a token, as authlib sees it: a secret in the Basic header or in the form, no scopes."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.client: Any = None

    def check_client_secret(self, client_secret: str) -> bool:
        """Say whether this is the program's secret."""
        self.client = services.client_of_secret(self.number, client_secret)
        return self.client is not None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Say whether the program may prove itself so."""
        return method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type: str) -> bool:
        """Say whether the program may ask so."""
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)

    def get_allowed_scope(self, scope: str) -> str:
        """Return no scope: what a program may ask stands in its agreements."""
        return ""


class _Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class _TokenServer(AuthorizationServer):
    """authlib's token endpoint; tokens are signed texts, so that nothing has to be kept."""

    def __init__(self) -> None:
        super().__init__(None, None)
        self.register_token_generator("default", self._token)
        self.register_grant(_Grant)

    def query_client(self, client_id: str) -> _Applicant:
        """Return who claims to be this program; whether it is one is seen with the secret, in the same time."""
        return _Applicant(client_id)

    def save_token(self, token: dict[str, Any], request: object) -> None:
        """Keep nothing."""

    @staticmethod
    def _token(*, client: _Applicant, **_rest: object) -> dict[str, Any]:
        if client.client is None:
            raise AssertionError("authlib authenticates before it makes a token")
        return {"token_type": "Bearer", "access_token": services.token_for(client.client), "expires_in": rules.TOKEN_S}


class TokenAuth(HttpBearer):
    """A program shows ``Authorization: Bearer …`` with a token from ``/exchange/token``."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the program; None if the token is none of ours, too old or from before the secret changed."""
        return _from_its_place(services.client_of_token(token), request)


class SignedAuth:
    """A program signs method, path, body, time and a nonce with its SM2 key, in four ``X-Yunshu-`` headers."""

    def __call__(self, request: HttpRequest) -> Any:
        """Return the program; None if a header is missing, the signature wrong, too old or used before."""
        words = [request.headers.get(name, "") for name in _SIGNED]
        if not all(words):
            return None
        number, stamp, nonce, signature = words
        text = rules.signing_text(request.method or "", request.get_full_path(), request.body, stamp, nonce)
        client = services.client_of_signature(number, stamp, nonce, signature, text, clock.now())
        return _from_its_place(client, request)


def _from_its_place(client: Any, request: HttpRequest) -> Any:
    if client is not None and not rules.comes_from(request.META.get("REMOTE_ADDR", ""), client.networks):
        raise NotPermitted("address_foreign", _("该应用不能从这个地址调用。"))
    return client


router = Router(tags=["接口查询"], auth=[TokenAuth(), SignedAuth()])
_server = _TokenServer()


_OAUTH_REFUSAL = {
    "description": "拒绝（RFC 6749 第 5.2 节）",
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
        }
    },
}


@router.post(
    "/token",
    auth=None,
    summary="取得令牌",
    response=dict[str, Any],
    openapi_extra={"responses": {400: _OAUTH_REFUSAL, 401: _OAUTH_REFUSAL}},
)
def token(request: HttpRequest) -> HttpResponse:
    """Give a token of a quarter of an hour for a program's number and secret; answers and errors as RFC 6749 has them."""
    response: HttpResponse = _server.create_token_response(request)
    return response


# what is asked --------------------------------------------------------------------------------------------------------


class QuestionIn(Schema):
    """One question."""

    model_config = ConfigDict(extra="forbid")

    key: dict[str, str] = Field({}, description="查询条件：字段名和值；发布视图可以不给", max_length=4)
    purpose: str = Field(description="本次查询所办的事项", max_length=200)
    operator: str = Field(description="使用方的操作人", max_length=120)
    consent: str = Field("", description="当事人同意的编号；不填时取最近的有效同意", max_length=24)
    after: str = Field("", description="发布视图的下一页：上一次答复的 next", max_length=4096)


class AnswerOut(Schema):
    """What was found, with the node's and the platform's signed letters about it."""

    question: str = Field(description="调用编号")
    rows: list[dict[str, Any]]
    more: bool = Field(description="还有更多行没有返回")
    next: str = Field(description="发布视图的下一页从哪里开始；没有下一页时为空")
    letter: str = Field(description="提供方节点签署的答复")
    seal: str = Field(description="平台对该答复的签署")


class ConsentIn(Schema):
    """A consent that the consumer obtained."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(description="当事人证件号码，只保存密钥摘要", max_length=200)
    purpose: str = Field(max_length=200)
    means: str = Field(description="同意方式，例如“粤省事人脸核验后勾选”", max_length=200)
    days: int = Field(description="有效天数", ge=1, le=366)


class ConsentOut(Schema):
    """A consent as it is kept."""

    number: str
    purpose: str
    given_at: str
    ends_at: str
    withdrawn: bool


@router.post("/query/{agreement}", response=AnswerOut, summary="按协议查询")
def query(request: HttpRequest, agreement: str, question: QuestionIn) -> dict[str, Any]:
    """Answer one question under an agreement in force; every call is written down."""
    if len(request.body) > MOST_BODY:
        raise Refused("too_long", _("查询内容不能超过 16 KB。"))
    asked = services.Question(agreement=agreement, **question.dict())
    told = services.ask_as_client(client=_client(request), question=asked, now=clock.now())
    return {
        "question": told.question,
        "rows": json.loads(told.answer.rows),
        "more": told.answer.more,
        "next": told.answer.next,
        "letter": told.letter,
        "seal": told.seal,
    }


@router.get("/query/{agreement}/openapi.json", response=dict[str, Any], summary="接口说明（OpenAPI 3.1）")
def description(request: HttpRequest, agreement: str) -> dict[str, Any]:
    """Describe the query of one agreement of the program's organisation."""
    row = queries.askable(_client(request).org, agreement)
    return describing.document(queries.described(row, request.build_absolute_uri("/api/v1")))


@router.post("/query/{agreement}/consents", response={201: ConsentOut}, summary="登记当事人同意")
def record_consent(request: HttpRequest, agreement: str, consent: ConsentIn) -> Status[dict[str, Any]]:
    """Note that somebody agreed to be asked about."""
    spec = services.ConsentSpec(**consent.dict())
    return Status(
        201, _told(services.record_consent(by=_client(request), agreement=agreement, spec=spec, now=clock.now()))
    )


@router.post("/consents/{number}/withdraw", response=ConsentOut, summary="撤回当事人同意")
def withdraw_consent(request: HttpRequest, number: str) -> dict[str, Any]:
    """Note that somebody no longer agrees; nothing is asked under it from now on."""
    return _told(services.withdraw_consent(by=_client(request), number=number, now=clock.now()))


def _told(row: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "purpose": row.purpose,
        "given_at": row.given_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "withdrawn": row.withdrawn_at is not None,
    }


def _client(request: HttpRequest) -> Any:
    return request.auth  # type: ignore[attr-defined]
