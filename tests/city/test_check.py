"""Each way in which a pack can be broken gives its own sentence, at its place."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from yunshu.config.city.check import check
from yunshu.config.city.problems import Problem, Weight
from yunshu.config.city.tables import form_of
from yunshu.domains.evaluation.contracts import form_digest
from yunshu.domains.evaluation.sheets import WRITERS, read_any

from .conftest import JIEYANG, Edit

ORGS, PEOPLE, ASSIGNED, ROLES, TABLE = (
    "organisations.csv",
    "people.csv",
    "assignments.csv",
    "roles.toml",
    "tables/2022.toml",
)
BREAKS = [
    # city.toml
    ("city.toml", 'bureau = "445200-001"', 'bureau = "445200-999"', "city.toml city bureau：机构 445200-999 不在"),
    ("city.toml", 'bureau = "445200-001"', 'bureau = "445200-002"', "机构 445200-002 的类别应为 bureau"),
    ("city.toml", "units = 85", "units = 84", "应有 84 个单位，现有 85 个"),
    ("city.toml", 'division_code = "445200"', 'division_code = "4452"', "city division_code：“4452”格式不对"),
    ("city.toml", "[contacts]", "[contact]", "city.toml contact：不认识的项"),
    ("city.toml", "[city]", "[city", "city.toml：不是有效的 TOML"),
    ("city.toml", '"08:30"', '"8点半"', "不是日期或时间"),
    # divisions.csv
    ("divisions.csv", "445203,揭东区", "440103,揭东区", "divisions.csv 第3行 code：440103 不是 445200 的下辖区划"),
    ("divisions.csv", "445203,揭东区", "445202,揭东区", "divisions.csv 第3行 code：445202 与第2行重复"),
    # organisations.csv
    (ORGS, "445200-007,", "445200-006,", "organisations.csv 第9行 code：445200-006 与第8行重复"),
    (
        ORGS,
        "department,445200,445200,,terminal",
        "department,999,445200,,terminal",
        "第4行 parent：上级机构 999 不存在",
    ),
    (ORGS, "bureau,445200,", "bureau,445281,", "第3行 parent：上级机构 445281 排在后面"),
    (ORGS, "city,,445200", "city,,449999", "第2行 division：区划 449999 不在 divisions.csv 中"),
    (ORGS, "11445200076745332J", "114452000767453320", "第3行 uscc：统一社会信用代码 114452000767453320 校验不通过"),
    (ORGS, "sample,占位，不代表任何真实机构,true", "sample,,false", "is_sample 与 confidence 不一致"),
    (ORGS, "示例单位01", "某某局", "示例单位的名称须含“示例”"),
    (ORGS, "揭医保〔2022〕23号", "", "第6行 source：真实单位须写明出处"),
    (ORGS, "terminal_replacement,揭医保", "unknown_scope,揭医保", "第6行 scopes：范围 unknown_scope 不在"),
    (ORGS, "city,,445200", "metropolis,,445200", "第2行 kind：取值只能是"),
    (ORGS, "bureau,445200,445200", "bureau,,445200", "应当恰有一个没有上级的机构"),
    (ORGS, "confidence,", "trust,", "第1行：缺少列：confidence。"),
    (ORGS, "confidence,", "confidence,colour,", "第1行：不认识的列：colour。"),
    ("loans.toml", 'org = "445200-001"', 'org = "445200-999"', "loans.toml yen-3：机构 445200-999 不在"),
    ("loans.toml", "amount_wan = 10", "principal = 1", "不认识的项"),
    # people.csv, roles.toml, assignments.csv
    (PEOPLE, "xitong", "anquan", "people.csv 第3行 username：anquan 与第2行重复"),
    (PEOPLE, "填报岗（示例）", "张三", "people.csv 第6行 name：示例人员须以岗位命名"),
    (PEOPLE, "填报岗（示例）,445200-001", "填报岗（示例）,nowhere", "people.csv 第6行 org：nowhere 不存在"),
    (PEOPLE, "系统管理员,true", "系统管理员,maybe", "people.csv 第2行 is_sample：请填写 true 或 false"),
    (ROLES, '"directory.org.edit"', '"directory.org.destroy"', "不存在的权限：directory.org.destroy"),
    (ROLES, 'code = "leader"', 'code = "clerk"', "roles.toml clerk：编码出现了 2 次"),
    (ROLES, 'roles = ["system-admin",', 'roles = ["root",', "separations 第1项：角色 root 不存在"),
    (ASSIGNED, "SAMPLE-01,system", "SAMPLE-99,system", "assignments.csv 第2行 person：SAMPLE-99 不存在"),
    (ASSIGNED, "SAMPLE-01,system-admin", "SAMPLE-01,emperor", "assignments.csv 第2行 role：emperor 不存在"),
    (ASSIGNED, "system-admin,445200,", "system-admin,9,", "assignments.csv 第2行 org：9 不存在"),
    (ASSIGNED, "2022-01-01,,示例", "2022-01-01,2021-12-31,示例", "第2行 ends_on：失效日期早于生效日期"),
    (ASSIGNED, "SAMPLE-02,security", "SAMPLE-01,security", "SAMPLE-01：同一人不得兼任 security-admin、system-admin"),
    # calendar
    ("calendar/2022.toml", "workdays = [2022-04-02]", "workdays = [2022-04-01]", "调休上班日 2022-04-01 不是周末"),
    ("calendar/2022.toml", "workdays = [2022-04-02]", "workdays = [2022-04-03]", "2022-04-03 落在本假期之内"),
    ("calendar/2022.toml", "ends_on = 2022-04-05", "ends_on = 2022-04-06", "共 4 天，通知写的是 3 天"),
    ("calendar/2022.toml", 'name = "清明节"', 'name = "寒食节"', "缺少清明节"),
    ("calendar/2022.toml", 'name = "清明节"', 'name = "寒食节"', "“寒食节”不是法定节日名称"),
    ("calendar/2022.toml", "workdays = [2022-04-02]", "workdays = [2022-01-29]", "清明节：2022-01-29 同时属于春节"),
    ("calendar/2022.toml", "year = 2022", "year = 2021", "calendar/2022.toml year：文件名与 year = 2021 不符"),
    ("calendar/2022.toml", "ends_on = 2022-06-05", "ends_on = 2023-06-05", "端午节：日期不在 2022 年"),
    # tables
    (TABLE, "amount_wan = 581.44", "amount_wan = 581.45", "相差 0.01 万元"),
    (TABLE, "amount_wan = 5195.75", "", "没有填写项目支出"),
    (TABLE, 'org = "445200-001"', 'org = "x"', "tables/2022.toml org：机构 x 不在 organisations.csv 中"),
    (TABLE, "year = 2022", "year = 2023", "文件名与 year = 2023 不符"),
    (TABLE, 'tasks = ["other:13"]', 'tasks = ["other:14"]', "goals 14：任务 other:14 不存在"),
    (TABLE, "target = 85", "target = 86", "indicators 1：指标值 86，范围 terminal_replacement 有 85 个单位"),
    (TABLE, "amount_wan = 4800", "amount_wan = 4700", "不等于总额的 40%"),
    (TABLE, "total_yuan = 3490560", "total_yuan = 1000000", "各期合计超过合同总额 1000000.00 元"),
    (TABLE, "due_yuan = 1163520", "due_yuan = 1164000", "2022 年各期合计 1163520.00 元，应付 1164000.00 元"),
    (TABLE, "quantity = 2", "quantity = 3", "数量×单价×月数为 72000.00 元"),
    (TABLE, "amount_yuan = 20000", "amount_yuan = 30000", "各分项合计 1030000.00 元，应为 1020000.00 元"),
    (TABLE, "carried_over_wan = 156.90", "carried_over_wan = 150", "应为总额减已安排的 1569000.00 元"),
    (TABLE, "cap_yuan = 1000000", "cap_yuan = 900000", "拟投入金额超过上限 900000.00 元"),
    (TABLE, "ends_on = 2023-09-30", "ends_on = 2019-09-30", "合同期限的止日早于起日"),
    (TABLE, "ordinal = 8", "ordinal = 9", "序号应从 1 连续编排"),
    (TABLE, "填报要求：", "", "tables/2022.toml requirements：填报要求须以“填报要求”开头"),
    (TABLE, 'unit = "个"', "", "indicators 第1项 unit：必填项没有填写"),
    (TABLE, "projects.budget_executed", "projects.luck", "indicators 5 metric：没有这个度量：projects.luck"),
    (TABLE, "operations.response_hours_12345", "projects.budget_executed", "度量单位为“%”，指标单位为“小时”"),
    ("city.toml", 'scope = "terminal_replacement"', 'scope = "x"', "campaigns 办公终端国产化替代：范围 x 不在"),
    ("city.toml", 'org = "445200-001"', 'org = "9"', "campaigns 办公终端国产化替代：机构 9 不在 organisations.csv 中"),
    (TABLE, "due_yuan = 48000", "due_yuan = 48000\ndue_wan = 4.8", "due_wan：不认识的项"),
]


def errors(problems: list[Problem]) -> list[str]:
    return [str(p) for p in problems if p.weight is Weight.ERROR]


def test_the_pack_of_jieyang_has_no_error() -> None:
    pack, problems = check(JIEYANG)

    assert pack is not None
    assert errors(problems) == []


@pytest.mark.parametrize(("file", "old", "new", "sentence"), BREAKS)
def test_a_broken_pack_says_where_and_what(
    folder: Path, edit: Edit, file: str, old: str, new: str, sentence: str
) -> None:
    edit(file, old, new)

    _pack, problems = check(folder)

    assert any(sentence in text for text in errors(problems)), errors(problems)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_the_table_of_jieyang_is_written_and_read_again_the_same(kind: str) -> None:
    pack, _problems = check(JIEYANG)
    assert pack is not None
    form = form_of(pack.tables["tables/2022.toml"])
    again = read_any(WRITERS[kind](form), f"x.{kind}")
    assert again.faults == ()
    assert again.form is not None
    assert form_digest(again.form) == form_digest(form)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "roles.toml").unlink()

    pack, problems = check(folder)

    assert pack is None
    assert errors(problems) == ["roles.toml：文件不存在。请参照 docs/operate/city.md 补齐。"]


def test_a_missing_year_between_two_others_is_named(folder: Path) -> None:
    (folder / "calendar/2023.toml").unlink()

    _pack, problems = check(folder)

    assert errors(problems) == ["calendar/2023.toml：缺少 2023 年。年份须连续，请补上该年的通知。"]


def test_a_folder_without_any_calendar_is_refused(folder: Path) -> None:
    for file in (folder / "calendar").iterdir():
        file.unlink()

    pack, problems = check(folder)

    assert pack is None
    assert "calendar/：没有任何 .toml 文件" in errors(problems)[0]


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "people.csv").write_bytes("编号".encode("gbk"))

    _pack, problems = check(folder)

    assert errors(problems) == ["people.csv：不是 UTF-8 编码。请另存为 UTF-8。"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    pack, problems = check(tmp_path / "nowhere")

    assert pack is None
    assert errors(problems) == [f"{tmp_path / 'nowhere'}：文件夹不存在。"]


def test_blanks_and_unverified_facts_are_hints_not_errors(folder: Path, edit: Edit) -> None:
    edit("calendar/2026.toml", "verified = true", "verified = false")

    pack, problems = check(folder)
    hints = [str(p) for p in problems if p.weight is Weight.HINT]

    assert pack is not None
    assert errors(problems) == []
    assert "city.toml contacts phone：待补。" in hints
    assert "calendar/2026.toml 国办发明电〔2025〕7号：文号未核对。" in hints


def test_the_command_ends_with_an_error_for_a_broken_pack(folder: Path, edit: Edit) -> None:
    edit("city.toml", "units = 85", "units = 84")

    with pytest.raises(CommandError, match="城市包有 1 处错误"):
        call_command("city_check", folder)


def test_the_command_says_what_a_good_pack_holds(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("city_check", JIEYANG)

    people = len((JIEYANG / "people.csv").read_text().splitlines()) - 1
    assert f"城市包可用：揭阳市，机构 91 个，人员 {people} 名，日历 7 年，绩效目标表 1 份。" in capsys.readouterr().out
