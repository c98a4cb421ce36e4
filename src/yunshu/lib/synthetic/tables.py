"""The departments' tables: columns as such registers are known to name them, with type, Chinese label and grade."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """Grades of general data after GB/T 43697-2024: the harm if it leaks, from none to grave for a person."""

    L1 = "L1"  # may be public
    L2 = "L2"  # inside government
    L3 = "L3"  # personal information
    L4 = "L4"  # sensitive personal information


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``type`` is PostgreSQL's."""

    name: str
    type: str
    label: str
    grade: Grade
    required: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentTable:
    """One table of one department, its key, and the column that tells when a row was last written."""

    name: str
    title: str
    department: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    watermark: str | None = "updated_at"

    def index(self, column: str) -> int:
        """Return the place of ``column`` in a row; raise ValueError if there is none."""
        return [c.name for c in self.columns].index(column)


def _columns(key: str, key_label: str, lines: str) -> tuple[Column, ...]:
    parts = [line.split() for line in lines.strip().splitlines()]
    return (
        Column(key, "bigint", key_label, Grade.L2, required=True),
        *(Column(name, kind, label, Grade(grade)) for name, kind, label, grade in parts),
        Column("updated_at", "timestamptz", "更新时间", Grade.L1, required=True),
    )


POPULATION = DepartmentTable(
    "gaj_hjrk", "户籍人口基本信息", "公安局",
    _columns("rybh", "人员编号", """
        gmsfhm text 公民身份号码 L4
        xm text 姓名 L3
        cym text 曾用名 L3
        xb text 性别代码 L3
        mz text 民族 L3
        csrq date 出生日期 L3
        hh text 户号 L3
        yhzgx text 与户主关系 L3
        hjdxzqh text 户籍地行政区划代码 L2
        hkszd text 户口所在地详址 L4
        qrrq date 迁入日期 L3
        qczxzqh text 何地迁来行政区划代码 L3
        hyzk text 婚姻状况 L3
        whcd text 文化程度 L3
        lxdh text 联系电话 L3
        hjzt text 户籍状态 L2
        zxrq date 注销日期 L3
    """), ("rybh",),
)  # fmt: skip

COMPANIES = DepartmentTable(
    "scjgj_qydj", "市场主体登记信息", "市场监督管理局",
    _columns("pripid", "主体身份代码", """
        uniscid text 统一社会信用代码 L1
        entname text 企业名称 L1
        oldentname text 曾用名称 L1
        enttype text 市场主体类型 L1
        lerep text 法定代表人 L2
        lerepcerno text 法定代表人证件号码 L4
        regcap numeric(18,2) 注册资本（万元） L1
        estdate date 成立日期 L1
        apprdate date 核准日期 L1
        regorg text 登记机关行政区划代码 L1
        dom text 住所 L1
        industry text 行业 L1
        regstate text 登记状态 L1
        candate date 注销吊销日期 L1
        tel text 联系电话 L3
    """), ("pripid",),
)  # fmt: skip

INSURANCE = DepartmentTable(
    "rsj_cbxx", "社会保险参保信息", "人力资源和社会保障局",
    _columns("aac001", "个人编号", """
        aac002 text 证件号码 L4
        aac003 text 姓名 L3
        aac004 text 性别 L3
        aac006 date 出生日期 L3
        aae005 text 联系电话 L3
        aae006 text 通讯地址 L4
        aab004 text 单位名称 L2
        bab010 text 单位统一社会信用代码 L1
        aae140 text 险种类型 L2
        aac030 date 参保日期 L3
        aac008 text 参保状态 L3
        aac040 numeric(18,2) 缴费工资（元） L4
        aae202 integer 累计缴费月数 L3
    """), ("aac001",),
)  # fmt: skip

MARRIAGE = DepartmentTable(
    "mzj_hydj", "婚姻登记信息", "民政局",
    _columns("djbh", "登记编号", """
        zzbh text 证字号 L3
        ywlb text 业务类别 L2
        nfxm text 男方姓名 L3
        nfsfzh text 男方身份证件号 L4
        nfcsrq date 男方出生日期 L3
        nvxm text 女方姓名 L3
        nvsfzh text 女方身份证件号 L4
        nvcsrq date 女方出生日期 L3
        djrq date 登记日期 L3
        djjg text 登记机关 L1
    """), ("djbh",),
)  # fmt: skip

SUBSISTENCE = DepartmentTable(
    "mzj_dbdx", "最低生活保障对象", "民政局",
    _columns("dbbh", "保障编号", """
        hzxm text 户主姓名 L4
        hzsfz text 户主身份证号 L4
        jtzz text 家庭住址 L4
        lxdh text 联系电话 L3
        rks integer 保障人数 L3
        bzje numeric(18,2) 月保障金额（元） L4
        kssj date 开始享受日期 L3
        zt text 享受状态 L4
    """), ("dbbh",),
)  # fmt: skip

FUND = DepartmentTable(
    "gjj_gjjc", "住房公积金缴存信息", "住房公积金管理中心",
    _columns("grzh", "个人账号", """
        xingming text 姓名 L3
        zjhm text 证件号码 L4
        xingbie text 性别 L3
        sjhm text 手机号码 L3
        dwmc text 单位名称 L2
        grjcjs numeric(18,2) 个人缴存基数（元） L4
        gryjce numeric(18,2) 个人月缴存额（元） L4
        grzhye numeric(18,2) 个人账户余额（元） L4
        khrq date 开户日期 L3
        jzny text 缴至年月 L3
        grzhzt text 个人账户状态 L3
    """), ("grzh",),
)  # fmt: skip

ESTATE = DepartmentTable(
    "zrzyj_bdcdj", "不动产登记信息", "自然资源局",
    _columns("ywh", "业务号", """
        bdcqzh text 不动产权证号 L3
        bdcdyh text 不动产单元号 L2
        qlrmc text 权利人名称 L3
        zjh text 权利人证件号 L4
        dh text 权利人电话 L3
        zl text 坐落 L3
        fwyt text 房屋用途 L2
        scjzmj numeric(18,2) 建筑面积（平方米） L3
        gyqk text 共有情况 L3
        djsj date 登记日期 L3
        qszt text 权属状态 L3
    """), ("ywh",),
)  # fmt: skip

TABLES = (POPULATION, COMPANIES, INSURANCE, MARRIAGE, SUBSISTENCE, FUND, ESTATE)
