"""Files and other databases come in by the slower path, with the same masks and the same digest."""

import asyncio
import datetime as dt
import os
import shutil
import subprocess
import time
from decimal import Decimal

import asyncssh
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.tables import people

from yunshu.config.bootstrap import machine
from yunshu.lib.tables import files, masking
from yunshu.lib.tables.errors import Drifted, SourceFailed, Unreadable
from yunshu.lib.tables.foreign import read_any
from yunshu.lib.tables.masking import DateShift, GeneraliseDate, GeneraliseNumber, GeneraliseText, Hash, Keep, Partial
from yunshu.lib.tables.predicate import And, Prefix, Range
from yunshu.lib.tables.query import Extract, Field
from yunshu.lib.tables.rules import Length
from yunshu.lib.tables.schema import Column, TableSchema
from yunshu.lib.tables.sealing import key_id_of, open_sealed, seal
from yunshu.lib.tables.sources import FileSource, SqlSource, fetch_over_sftp
from yunshu.lib.tables.transfer import Options, Transfer

TABLE = TableSchema(
    "",
    "法人",
    (
        Column("编号", "bigint", nullable=False),
        Column("名称", "text"),
        Column("成立日期", "date"),
        Column("资本", "numeric(12,2)"),
        Column("存续", "boolean"),
    ),
    ("编号",),
)
CSV = "编号,名称,成立日期,资本,存续\n1,榕城一厂,2001-02-03,1.50,true\n2,,2002-01-01,,否\n3,普宁“二”厂,,2,1\n"
FOUND = [
    (1, "榕城一厂", dt.date(2001, 2, 3), Decimal("1.50"), True),
    (2, None, dt.date(2002, 1, 1), None, False),
    (3, "普宁“二”厂", None, Decimal("2.00"), True),
]


def as_xlsx(path):
    book = openpyxl.Workbook()
    for row in ([c.name for c in TABLE.columns], *FOUND):
        book.active.append(list(row))
    book.save(path)


def as_parquet(path):
    columns = {column.name: [row[place] for row in FOUND] for place, column in enumerate(TABLE.columns)}
    pq.write_table(pa.table(columns), path)


def as_json_lines(path):
    lines = (
        f'{{"编号": {row[0]}, "名称": "{row[1]}", "成立日期": "{row[2]}", "资本": {row[3]}, "存续": {row[4]}}}'
        for row in FOUND
    )
    text = (
        "\n".join(lines)
        .replace('"None"', "null")
        .replace("None", "null")
        .replace("True", "true")
        .replace("False", "false")
    )
    path.write_text(text, encoding="utf-8")


MAKERS = {
    "utf8.csv": lambda path: path.write_text(CSV, encoding="utf-8"),
    "bom.csv": lambda path: path.write_text(CSV, encoding="utf-8-sig"),
    "gb.csv": lambda path: path.write_text(CSV, encoding="gb18030"),
    "tabs.txt": lambda path: path.write_text(CSV.replace(",", "\t"), encoding="gb18030"),
    "a.xlsx": as_xlsx,
    "a.parquet": as_parquet,
    "a.jsonl": as_json_lines,
}


def from_file(pair, path, table=TABLE, masks=None, **terms):
    extract = Extract(table, tuple(Field(c.name, (masks or {}).get(c.name, Keep())) for c in table.columns))
    return Transfer("file", FileSource(path, extract), pair.target_url, ("public", "corp"), **terms)


@pytest.mark.parametrize("name", MAKERS)
def test_a_file_of_any_kind_arrives_typed(pair, tmp_path, name):
    MAKERS[name](tmp_path / name)

    tally = from_file(pair, tmp_path / name).run()

    assert pair.target.execute("SELECT * FROM public.corp ORDER BY 1").fetchall() == FOUND
    assert tally.rows == 3


def test_a_file_is_masked_and_checked(pair, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV, encoding="gb18030")

    tally = from_file(
        pair, path, masks={"名称": Partial(2, 1), "资本": GeneraliseNumber(Decimal(1))}, rules=(Length("名称", 0, 5),)
    ).run()

    assert tally.quarantined == 1
    assert pair.target.execute('SELECT "名称", "资本" FROM public.corp ORDER BY "编号"').fetchall() == [
        ("榕城*厂", 1),
        (None, None),
    ]


def test_a_key_that_is_not_there_is_quarantined(pair, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(CSV.replace("\n2,", "\n,"), encoding="utf-8")

    assert from_file(pair, path).run().quarantined == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"\xff\xff\xff,\n"),
        ("a.csv", "编号,编号\n1,2\n".encode()),
        ("a.csv", "编号,名称,成立日期,资本,存续\n1,2\n".encode()),
        ("a.csv", CSV.replace("2001-02-03", "2001-02-31").encode()),
        ("a.csv", CSV.replace("1.50", "一元").encode()),
        ("a.xlsx", b"PK no workbook"),
        ("a.json", b'{"no": "list"}'),
        ("a.json", b"[1]"),
        ("a.jsonl", b"{"),
        ("a.parquet", b"PAR1"),
        ("a.doc", b""),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_changes(pair, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(Unreadable, match=r"a\.|row"):
        from_file(pair, tmp_path / name).run()

    assert pair.target.execute("SELECT to_regclass('public.corp')").fetchone() == (None,)


def test_a_file_without_an_agreed_column_has_drifted(pair, tmp_path):
    (tmp_path / "a.csv").write_text("编号\n1\n", encoding="utf-8")

    with pytest.raises(Drifted, match="名称: missing"):
        from_file(pair, tmp_path / "a.csv").run()


def test_a_file_that_is_not_there_is_named(pair, tmp_path):
    with pytest.raises(SourceFailed):
        from_file(pair, tmp_path / "a.csv").run()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=20, max_size=60))
def test_chinese_text_is_never_taken_for_the_other_encoding(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("encoding") / "a.csv"
    path.write_bytes(text.encode("utf-8"))

    assert files.encoding_of(path) == "utf-8-sig"


def test_any_database_comes_through_sqlalchemy(pair, tmp_path):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE t (id BIGINT PRIMARY KEY NOT NULL, name VARCHAR(20), born DATE, made DATETIME)"
        )
        rows = [(i, f"张{i}", f"2020-01-{i % 28 + 1:02}", "2020-01-01 00:00:00.000000") for i in range(1, 101)]
        connection.exec_driver_sql("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        table = read_any(connection, "", "t")
    engine.dispose()
    extract = Extract(table, (Field("id"), Field("name", Partial(1, 0)), Field("born"), Field("made")), Range("id", 11))

    tally = Transfer(
        "s", SqlSource(url, extract), pair.target_url, ("public", "t"), options=Options(chunk_rows=30)
    ).run()

    assert (tally.rows, tally.chunks) == (90, 4)
    found = pair.target.execute("SELECT name, born FROM public.t WHERE id = 12").fetchone()
    assert found == ("张**", dt.date(2020, 1, 13))


def test_a_sealed_value_opens_only_with_its_key_and_in_its_column():
    keys = {"一": b"0123456789abcdef"}
    sealed = seal(keys["一"], "一", "id_no", "445202")

    assert (key_id_of(sealed), open_sealed(sealed, "id_no", keys)) == ("一", "445202")
    for column, others in (("name", keys), ("id_no", {"一": b"another key here"}), ("id_no", {})):
        with pytest.raises(ValueError, match=r"seal|key"):
            open_sealed(sealed, column, others)


def test_a_file_is_fetched_over_sftp(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "there" / "表.csv").write_text(CSV, encoding="utf-8")
    key = asyncssh.generate_private_key("ssh-ed25519")

    async def serve():
        root = str(tmp_path / "there").encode()
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            server_factory=_Anyone,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=root),
        )
        login = {
            "port": server.get_port(),
            "username": "u",
            "password": "p",
            "known_hosts": ([key.convert_to_public()], [], []),
        }
        try:
            return await asyncio.to_thread(fetch_over_sftp, "127.0.0.1", "/表.csv", tmp_path / "here", **login)
        finally:
            server.close()
            await server.wait_closed()

    assert asyncio.run(serve()).read_text(encoding="utf-8") == CSV


class _Anyone(asyncssh.SSHServer):
    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == ("u", "p")


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory):
    """Start a MariaDB of one's own."""
    program = shutil.which("mariadbd")
    if program is None:
        pytest.skip("mariadbd is not on this machine: MySQL masks were not compared with Python's")
    folder = tmp_path_factory.mktemp("mariadb")
    port = machine.free_port()
    (folder / "data").mkdir()
    common = [f"--datadir={folder}/data", "--skip-grant-tables", *(["--user=root"] if os.getuid() == 0 else [])]
    options = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s", f"--pid-file={folder}/pid"]
    process = subprocess.Popen([program, "--no-defaults", *common, *options], stderr=subprocess.DEVNULL)
    url = f"mysql+pymysql://root@127.0.0.1:{port}/test?charset=utf8mb4"
    base = sa.create_engine(url.replace("/test", "/"))
    for _ in range(100):
        try:
            with base.begin() as connection:
                connection.exec_driver_sql("CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4")
            break
        except sa.exc.OperationalError:
            time.sleep(0.1)
    base.dispose()
    yield url
    process.terminate()
    process.wait()


MYSQL = """CREATE TABLE `人` (id BIGINT PRIMARY KEY, name VARCHAR(40), id_no CHAR(18), born DATE, made DATETIME(6),
    amount DECIMAL(12,2), note TEXT) CHARACTER SET utf8mb4"""
MASKS = {
    "name": Partial(1, 1, "某"),
    "id_no": Hash(people.KEY),
    "born": GeneraliseDate("month"),
    "made": DateShift(people.KEY, 30, "id_no"),
    "amount": GeneraliseNumber(Decimal("2.5")),
    "note": GeneraliseText(3),
}


moment = dt.datetime.fromisoformat


@pytest.mark.slow
def test_mariadb_masks_as_python_does(pair, mariadb):
    rows = [
        (
            1,
            "张三丰",
            "445202199001010011",
            dt.date(1990, 1, 31),
            moment("2020-02-28 01:02:03.000040"),
            Decimal("-7.25"),
            "100%好",
        ),
        (2, "", "", None, None, Decimal("0.00"), ""),
        (3, None, None, dt.date(2000, 12, 1), moment("2021-01-01"), None, None),
        (4, "𠮷野", "x", dt.date(1950, 6, 15), moment("2021-01-01"), Decimal("7.50"), "𠮷野家a:b"),
    ]
    engine = sa.create_engine(mariadb)
    with engine.begin() as connection:
        connection.exec_driver_sql(MYSQL)
        connection.exec_driver_sql("INSERT INTO `人` VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
        table = read_any(connection, "test", "人")
    engine.dispose()
    fields = tuple(Field(c.name, MASKS.get(c.name, Keep())) for c in table.columns)
    extract = Extract(table, fields, And((Range("id", 1, 100), Prefix("id", ""))))

    tally = Transfer(
        "m", SqlSource(mariadb, extract), pair.target_url, ("public", "p"), options=Options(chunk_rows=2)
    ).run()

    names = [column.name for column in table.columns]
    given_rows = [dict(zip(names, row, strict=True)) for row in rows]
    expected = [tuple(masking.python(f.mask, table.column(f.column))(row) for f in fields) for row in given_rows]
    assert pair.target.execute("SELECT * FROM public.p ORDER BY id").fetchall() == expected
    assert (tally.rows, tally.chunks) == (4, 2)
