"""The level above as this level meets it: HTTP, signed both ways, no redirects, no proxies of the environment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from yunshu.lib.cascade import message
from yunshu.lib.cascade.contract import Contract
from yunshu.lib.cascade.message import Ack
from yunshu.lib.crypto.signing import PrivateKey, PublicKey
from yunshu.lib.kernel.errors import Refused, Unavailable
from yunshu.lib.nodes import letters


@dataclass
class Peer:
    """One line to the level above at ``address``; ``signers`` are ours, ``keys`` theirs."""

    address: str
    contract: Contract
    signers: Iterable[PrivateKey]
    keys: Iterable[PublicKey]
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(timeout=self.contract.timeout_s, follow_redirects=False, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _t: type[BaseException] | None, _v: BaseException | None, _tb: TracebackType | None) -> None:
        self._client.close()

    def put(self, letter: bytes) -> Ack:
        """Hand a message over, and return what the other side says of it.

        Raises Unavailable (``upper_away``) where nobody answers, Refused for an answer that they did not sign.
        """
        return message.read_ack(self._post("send", letter), self.keys)

    def fetch(self, sender: str, after: int) -> list[bytes]:
        """Return the letters that wait for us after number ``after``, not checked yet; ``after`` acknowledges what was taken.

        Raises Unavailable (``upper_away``) and Refused.
        """
        said = self._ask("fetch", {"sender": sender, "after": after, "most": self.contract.batch})
        found = said.get("letters")
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise Refused("letter_malformed", "上级平台的答复格式不符。")
        return [each.encode() for each in found]

    def entries(self, sender: str) -> list[dict[str, Any]]:
        """Return what the level above has of our catalogue: code, version, digest of each entry, for reconciliation."""
        found = self.reconcile(sender).get("entries")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise Refused("letter_malformed", "上级平台的答复格式不符。")
        return found

    def reconcile(self, sender: str) -> Mapping[str, Any]:
        """Return everything that the level above says it has of us and gave us. Raises as ``entries``."""
        return self._ask("reconcile", {"sender": sender})

    def _ask(self, path: str, words: Mapping[str, Any]) -> Mapping[str, Any]:
        nonce = uuid4().hex
        question = letters.write(message.QUESTION, {**words, "path": path, "nonce": nonce}, self.signers)
        said = letters.read(message.ANSWER, self._post(path, question), self.keys)
        if said.get("nonce") != nonce:
            raise Refused("signature_wrong", "上级平台答的不是这次的问题。")
        return said

    def _post(self, path: str, data: bytes) -> bytes:
        if len(data) > self.contract.most_bytes:
            raise Refused("message_too_long", f"报文有 {len(data)} 字节，超过约定的 {self.contract.most_bytes} 字节。")
        url = self.address.rstrip("/") + self.contract.paths[path]
        try:
            with self._client.stream("POST", url, content=data, headers={"Content-Type": "application/json"}) as answer:
                body = self._body(answer)
        except httpx.HTTPError as error:
            raise Unavailable("upper_away", f"上级平台没有应答：{type(error).__name__}。") from error
        if answer.status_code != httpx.codes.OK:
            raise Unavailable("upper_away", f"上级平台答复 HTTP {answer.status_code}。")
        return body

    def _body(self, answer: httpx.Response) -> bytes:
        most = self.contract.most_bytes * (self.contract.batch + 1)
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > most:
                raise Refused("message_too_long", "上级平台的答复太长。")
        return bytes(body)
