"""Three tiers, county to city to province: each has a server of its own, and dials its upper one as a leaf.

A lower tier comes in under an nkey into an account of its own, ``TIER_<code>``, at the upper server. All it may do there:

| it asks | which is at the upper tier |
|---|---|
| ``tiers.<code>.put`` | its own stream ``TIER_<code>``, acknowledged |
| ``tiers.<code>.last`` | the last message of that stream, by direct get |

The address it dials is the only one it learns (``no_advertise``): between tiers stand gateways. Its JetStream domain is its own; nothing of its streams, nor of its organisations, is seen above. At the lower server
the leaf is bound to the account ``UPPER``, where nobody lives but the forwarder.
"""

from collections.abc import Mapping

from yunshu.lib.nodes import names
from yunshu.lib.nodes.accounts import Config, Server, hub_config, offer
from yunshu.lib.nodes.cards import NodeCard

UPPER = "UPPER"
RECONNECT = "1s"


def tier_config(
    server: Server,
    cards: list[NodeCard],
    *,
    lower: Mapping[str, str] | None = None,
    upper: tuple[str, str, str] | None = None,
) -> Config:
    """Return the configuration of one tier.

    ``lower`` has the nkey user of each tier below, by its code. ``upper`` is the leaf address of the tier above, the seed
    of this tier's user there (nats-server takes no file: the configuration is as secret as the seed), and the nkey user
    of this tier's forwarder at this server.
    """
    config = hub_config(server, cards)
    for code, user in sorted((lower or {}).items()):
        _admit(config["accounts"], code, user)
    if lower is not None:
        config["leafnodes"] = {"host": server.host, "port": server.leaf_port, "no_advertise": True}
    if upper is not None:
        url, seed, forwarder = upper
        config["accounts"][UPPER] = {"users": [{"nkey": forwarder}]}
        remote = {"url": url, "nkey": seed, "account": UPPER}
        config.setdefault("leafnodes", {}).update({"remotes": [remote], "reconnect": RECONNECT})
    return config


def put_subject(code: str) -> str:
    """Return where a lower tier puts a message, at either end of the leaf."""
    return f"tiers.{names.token(code)}.put"


def last_subject(code: str) -> str:
    """Return where a lower tier asks for the last message it has put."""
    return f"tiers.{names.token(code)}.last"


def tier_stream(code: str) -> str:
    """Return the stream at the upper tier that holds what came from a lower one."""
    return f"TIER_{names.token(code)}"


def _admit(accounts: Config, code: str, user: str) -> None:
    account, put, last = tier_stream(code), put_subject(code), last_subject(code)
    permissions = {"publish": [put, last], "subscribe": ["_INBOX.>"]}
    accounts[account] = {"users": [{"nkey": user, "permissions": permissions}], "imports": []}
    offer(accounts, account, put)
    offer(accounts, account, f"$JS.API.DIRECT.GET.{tier_stream(code)}.{put}", to=last)
