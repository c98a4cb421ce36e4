"""The second half of the demonstration: what was found goes through the queue, to the unit, back, and is tested again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from yunshu.config.world.walking import Walker
from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import Staff, System
from yunshu.domains.directory.models import Org
from yunshu.domains.directory.services.accounts import set_account_active
from yunshu.domains.inspection import notice_paper
from yunshu.domains.inspection.choices_findings import TermScope
from yunshu.domains.inspection.contracts import RECTIFY, REVIEW, SUPERVISE, VIEW
from yunshu.domains.inspection.models import AcceptedTerm, Account, Finding, Notice, Post
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors import finding_pages as pages
from yunshu.domains.inspection.selectors import findings as selectors
from yunshu.domains.inspection.services import media, notices, rectifying, reviewing
from yunshu.domains.inspection.services.running import answering, working
from yunshu.domains.inspection.services.watching import reading
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, YunshuError

ACTOR = System(name="网站检查演示")
REASON = "演示：本市习惯用语，不是错误"
DUTIES = {
    "a": ("检查员甲（示例）", (VIEW, REVIEW)),
    "b": ("检查员乙（示例）", (VIEW, REVIEW)),
    "s": ("监管员（示例）", (VIEW, REVIEW, SUPERVISE)),
    "u": ("单位联系人（示例）", (RECTIFY,)),
}


@contextmanager
def people(org: Org) -> Iterator[dict[str, Staff]]:
    """Give four sample people with their rights over one department; put out of use when the block ends."""
    with ExitStack() as undo:
        yield {key: _person(undo, org, key, name, tuple(map(str, rights))) for key, (name, rights) in DUTIES.items()}


def _person(undo: ExitStack, org: Org, key: str, name: str, rights: tuple[str, ...]) -> Staff:
    now, code = clock.now(), f"demo-insp-{key}"
    username = f"{code}-{now:%Y%m%d%H%M%S}"
    account = directory.open_account(
        actor=ACTOR, username=username, password=directory.first_password(), must_change=False
    )
    undo.callback(lambda: set_account_active(actor=ACTOR, username=username, active=False))
    person = directory.PersonSpec(number=code, name=name, org_code=org.code, username=username, is_sample=True)
    directory.save_person(actor=ACTOR, spec=person)
    undo.callback(lambda: directory.save_person(actor=ACTOR, spec=replace(person, is_active=False)))
    role = directory.RoleSpec(code=code, name=f"网站检查演示：{name}", permissions=rights)
    directory.save_role(actor=ACTOR, spec=role)
    undo.callback(lambda: directory.save_role(actor=ACTOR, spec=replace(role, is_active=False)))
    _grant(code, org)
    viewer = directory.viewer_for_account(account)
    if not isinstance(viewer, Staff):
        raise TypeError(viewer)
    return viewer


def _grant(code: str, org: Org) -> None:
    """Give the role, unless a walk before this one did."""
    starts_on = clock.city_date(clock.now()) - timedelta(days=1)
    grant = directory.GrantSpec(
        person_number=code, role_code=code, org_code=org.code, subtree=False, starts_on=starts_on, reason="演示"
    )
    with suppress(Conflict):
        directory.grant_role(actor=ACTOR, spec=grant)


class Review(Walker):
    """One walk from the queue to the end of a notice; ``restore`` lets the served city be as before the attacks."""

    patience_s = 60
    log = "worker"

    def __init__(
        self, say: Callable[[str], None], org: Org, machine: working.Machine, restore: Callable[[], None]
    ) -> None:
        super().__init__(say)
        self._org, self._machine, self._restore = org, machine, restore

    def run(self) -> None:
        """Walk: review, learn, notify, answer, test, close."""
        with people(self._org) as who:
            veto = self._by_two(who)
            self._learned(who["a"])
            mended, left = self._more(who["a"])
            self._mended(who, veto, mended, left)

    def _by_two(self, who: dict[str, Staff]) -> Finding:
        """Have a veto confirmed by two people, and see that one alone cannot."""
        waiting = selectors.queue(who["a"]).filter(kind="tampered", detail__part="正文", gone_at=None).first()
        item = pages.item(who["a"], {"severity": "veto"}, waiting.number if waiting else "")
        self.demand(
            item is not None and waiting is not None, f"复核队列里有单项否决问题 {item.total if item else 0} 条"
        )
        number = waiting.number if waiting else ""
        reviewing.accept(actor=who["a"], number=number, now=clock.now())
        again = self._refused(lambda: reviewing.accept(actor=who["a"], number=number, now=clock.now()))
        self.demand(again == "another_person", f"{number} 甲初次确认；甲再确认被拒：须另一人二次确认")
        row = reviewing.accept(actor=who["b"], number=number, now=clock.now())
        self.demand(row.state == life.CONFIRMED, f"{number} 乙二次确认，成立：{row.words}")
        return row

    def _learned(self, reviewer: Staff) -> None:
        """Say of a word that it is no fault: it is learned, spreads, is taken back, and learned again."""
        rows = selectors.queue(reviewer).filter(kind__in=("wording_wrong", "spelling"))
        counted = [(selectors.alike(reviewer, row, TermScope.CITY).count(), row) for row in rows]
        most, row = max(counted, key=lambda pair: pair[0], default=(0, None))
        self.demand(most > 0 and row is not None, f"同一个词等待复核的另有 {most} 条")
        if row is None:
            return
        self._false(reviewer, row)
        self.demand(
            selectors.alike(reviewer, row, TermScope.CITY).count() == 0,
            f"判“{row.detail['term']}”误报并认可全市，同词 {most} 条一并处理",
        )
        reviewing.undo(actor=reviewer, number=row.number, now=clock.now())
        back = selectors.alike(reviewer, row, TermScope.CITY).count()
        self.demand(back == most, f"撤销，{back} 条回到队列")
        self._false(reviewer, row)
        term = AcceptedTerm.objects.get(taught_by=row, is_active=True)
        self.say(f"再次判误报，认可词“{term.term}”记在词表，以后不再报告")

    def _false(self, reviewer: Staff, row: Finding) -> None:
        reviewing.false_alarm(actor=reviewer, number=row.number, reason=REASON, teach=TermScope.CITY, now=clock.now())

    def _more(self, reviewer: Staff) -> tuple[Finding, Finding]:
        """Confirm what a post says wrong, and a dead link; return both."""
        queue = selectors.queue(reviewer)
        found = [
            queue.filter(kind="privacy_leak", account__org=self._org).first(),
            queue.filter(kind="link_dead").first(),
        ]
        self.demand(None not in found, "队列里有发文泄露个人信息和打不开的链接")
        post, link = (reviewing.accept(actor=reviewer, number=row.number, now=clock.now()) for row in found if row)
        self.say(f"确认 {post.number}（{post.place}）和 {link.number}（{link.words[:40]}）")
        return post, link

    def _mended(self, who: dict[str, Staff], veto: Finding, post: Finding, link: Finding) -> None:
        """Put them to the unit; two are mended, one is not; tested again, answered anew, closed."""
        numbers = [veto.number, post.number, link.number]
        (notice,) = notices.issue(actor=who["s"], numbers=numbers, words="演示：请按期整改。", now=clock.now())
        size = len(notice_paper.notice(notice))
        self.demand(size > 0, f"下发整改通知 {notice.number}（3 项，DOCX {size // 1024} KB）")
        self._restore()
        self._correct(post)
        for row in (veto, post, link):
            rectifying.submit(actor=who["u"], number=row.number, words="演示：已整改。", now=clock.now())
        self._tested({veto.number: life.VERIFIED, post.number: life.VERIFIED, link.number: life.NOTIFIED})
        reviewing.waive(
            actor=who["s"], number=link.number, until=clock.city_date(clock.now()) + timedelta(days=30),
            reason="演示：对方网站已停办，下月改版时删除", now=clock.now(),
        )  # fmt: skip
        for row in (veto, post):
            rectifying.decide(actor=who["s"], number=row.number, verb="close", words="", now=clock.now())
        done = Notice.objects.get(pk=notice.pk)
        self.demand(done.stage == "done", f"两项销号、一项豁免，通知 {done.number} 自动办结")

    def _correct(self, finding: Finding) -> None:
        """Bring the post in again as its unit corrected it."""
        account = Account.objects.get(findings=finding)
        row = Post.objects.get(account=account, post_id=finding.detail["post"])
        spec = media.PostSpec(post_id=row.post_id, at=row.at, title=row.title, text="已更正。", url=row.url)
        media.take_posts(actor=ACTOR, account=account.number, posts=[spec], origin=row.origin, now=clock.now())
        reading.read_all()

    def _tested(self, wanted: dict[str, str]) -> None:
        began = clock.now()
        rows = list(Finding.objects.filter(number__in=wanted))
        answering.answer_all(self._machine, clock.now(), only=rows)
        for row in Finding.objects.filter(number__in=wanted).order_by("pk"):
            retest = row.retests.get()
            said = f"{row.number} 报整改后自动复测：{retest.get_result_display()} {retest.words}".rstrip()
            self.demand(row.state == wanted[row.number], said, f"\n{row.state} {retest.result} {retest.words}")
        self.say(f"三项复测共 {(clock.now() - began).total_seconds():.1f} 秒")

    def _refused(self, act: Callable[[], object]) -> str:
        try:
            act()
        except YunshuError as error:
            return error.code
        return ""
