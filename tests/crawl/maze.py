"""A generated site with planted dead links, served as fast as asyncio can: for the crawler's chaos test and its bench.

``python -m tests.crawl.maze PAGES`` serves on a free port of loopback, prints it, and stays until it is killed.
"""

import asyncio
import random
import sys

LINKS, DEAD_EVERY, PARAGRAPHS = 20, 5, 24
WORDS = "政务服务数据管理公开通知关于印发工作方案贯彻落实加强改进优化营商环境市场主体登记事项办理流程材料清单联系方式"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nLinkChecker: 1\r\nContent-Length: 3\r\n\r\n404"


class Maze:
    """``pages`` pages, each with ``LINKS`` links; every fifth page has a dead one of its own. Follows from ``seed``."""

    def __init__(self, pages: int, seed: int = 1) -> None:
        self.pages = pages
        chance = random.Random(seed)
        self._answers = {f"/p/{n}.html".encode(): _answer(_page(n, pages, chance)) for n in range(pages)}
        self._answers[b"/"] = self._answers[b"/p/0.html"]
        self.dead = [f"/dead/{n}.html" for n in range(0, pages, DEAD_EVERY)]

    def answer(self, path: bytes) -> bytes:
        """Return the whole answer for a path."""
        return self._answers.get(path, _NOT_FOUND)


def _page(number: int, pages: int, chance: random.Random) -> str:
    targets = [(number * 2 + step) % pages for step in (1, 2)]  # a binary tree: every page is reached
    targets += [chance.randrange(pages) for _ in range(LINKS - 3)]
    links = [f'<li><a href="/p/{target}.html">第{target}条信息</a><span>2026-07-19</span></li>' for target in targets]
    links.append(f'<li><a href="/{"dead" if number % DEAD_EVERY == 0 else "p"}/{number}.html">附件</a></li>')
    text = "".join(f"<p>{''.join(chance.choices(WORDS, k=120))}。</p>" for _ in range(PARAGRAPHS))
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>第{number}页</title>'
        f'<meta name="SiteName" content="某市人民政府"><meta name="PubDate" content="2026-07-19 10:{number % 60:02}">'
        f"</head><body><nav><ul>{''.join(links)}</ul></nav><article>{text}</article></body></html>"
    )


def _answer(html: str) -> bytes:
    body = html.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nLinkChecker: 1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Line(asyncio.Protocol):
    """One connection, kept alive; requests may come in pieces or several at once."""

    def __init__(self, maze: Maze) -> None:
        self._maze, self._buffer = maze, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for request in requests:
            method, target, _ = request.split(b"\r\n", 1)[0].split(b" ", 2)
            if target.startswith(b"http"):
                target = b"/" + target.split(b"/", 3)[3]
            answer = self._maze.answer(target)
            self._transport.write(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == b"HEAD" else answer)


async def serve(pages: int) -> None:
    """Serve until killed."""
    maze = Maze(pages)
    server = await asyncio.get_running_loop().create_server(lambda: _Line(maze), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
