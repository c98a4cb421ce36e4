"""Plants wordings, misspellings and secret marks in texts and attachments, with look-alikes of each."""

from datetime import timedelta
from html import unescape
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.kinds import Word
from yunshu.lib.synthetic.web.lexicon import CHANCE, OBFUSCATIONS
from yunshu.lib.synthetic.web.model import Article, Attachment

_AROUND = (
    "会议强调，要认真落实{}的各项要求。",
    "要以{}为抓手推进工作。",
    "活动围绕{}展开。",
    "报告指出，{}取得新进展。",
)
_QUOTED = (
    "更正启事：昨日本站稿件中将“{right}”误写为“{wrong}”，特此更正。", "校对提示：“{wrong}”是错误写法，正确的写法是“{right}”。",
    "勘误：原文“{wrong}”应为“{right}”，谨向读者致歉。",
)  # fmt: skip


def plant_wordings(draft: Draft) -> None:
    """Plant each wrong form, the serious ones also disguised; quote it elsewhere, or in a text older than the rule."""
    rng = draft.rng("wordings")
    for word in draft.words:
        if word.kind == "advert":
            continue
        copies = 2 if word.kind == "wording_wrong" else 1
        disguises = (
            [*OBFUSCATIONS] if word.kind == "wording_serious" and word.valid_from is None else ["plain"] * copies
        )
        for disguise in disguises[: 1 + int(rng.random() * 3)] if len(disguises) > 2 else disguises:
            _wrong(draft, rng, word, disguise)
        _innocent(draft, rng, word)
        if word.kind != "spelling":
            _quoted(draft, rng, word)
    for wrong, sentence in CHANCE:
        kind = next(w.kind for w in draft.words if w.wrong == wrong)
        site, _, article = draft.take()
        article.paragraphs.append(sentence)
        draft.say(kind, site, article.path, "body", wrong, "across_words", innocent=True)


def _wrong(draft: Draft, rng: Random, word: Word, disguise: str) -> None:
    start = word.valid_from
    site, _, article = draft.take(lambda s, c, a: start is None or a.published_at.date() > start + timedelta(days=30))
    shown = OBFUSCATIONS[disguise](word.wrong)
    article.paragraphs.append(pick(rng, _AROUND).format(shown))
    seen = unescape(shown).replace("<span>", "").replace("</span>", "")
    draft.say(word.kind, site, article.path, "body", seen, disguise, innocent=False)


def _innocent(draft: Draft, rng: Random, word: Word) -> None:
    start = word.valid_from
    if start is None:
        _quoted(draft, rng, word)
        return
    site, _, article = draft.take(lambda s, c, a: a.published_at.date() < start)
    article.paragraphs.append(f"本通告由{word.wrong}负责解释。")
    draft.say(word.kind, site, article.path, "body", word.wrong, "right_on_its_date", innocent=True)


def _quoted(draft: Draft, rng: Random, word: Word) -> None:
    site, _, article = draft.take()
    if word.valid_from is None:
        article.paragraphs.append(pick(rng, _QUOTED).format(wrong=word.wrong, right=word.right))
        recipe = "quoted"
    else:
        article.paragraphs.append(f"承办单位为{word.right}（原{word.wrong}）。")
        recipe = "formerly"
    draft.say(word.kind, site, article.path, "body", word.wrong, recipe, innocent=True)


_SECRET = ("机密★", "秘密★10年", "秘密★5年", "绝密★30年", "机密★20年", "秘密★长期")
_OPEN = (
    "任何单位和个人都有保守国家秘密的义务", "机密性、完整性和可用性是信息安全的三个要素", "辖区现有三星★★★级酒店两家", "涉及国家秘密的内容不予公开",
    "评定等级：★秘密花园景区", "申请人提供的商业秘密依法予以保护", "保密法律法规宣传教育活动", "密级标志的使用规定见国家有关规定",
)  # fmt: skip


def plant_secret_marks(draft: Draft) -> None:
    """Plant marks of classification in texts and Office files, and sentences that only speak of secrets."""
    for i, mark in enumerate((*_SECRET, *_SECRET[:2])):
        site, _, article = draft.take()
        if i < 5:
            article.paragraphs.insert(0, mark)
            draft.say("secret_mark", site, article.path, "body", mark, "in_text", innocent=False)
        else:
            path = attach(draft, article, "docx" if i % 2 else "pdf", [mark, "会议纪要", "内容略"])
            draft.say("secret_mark", site, path, "file", mark, "in_file", innocent=False)
    for sentence in _OPEN:
        site, _, article = draft.take()
        article.paragraphs.append(sentence + "。")
        draft.say("secret_mark", site, article.path, "body", sentence, "speaks_of_it", innocent=True)


def attach(draft: Draft, article: Article, form: str, lines: list[str]) -> str:
    """Give ``article`` a file with ``lines``; return its path."""
    attachment = Attachment(draft.number(), "附件：" + article.title[:16], form, lines)
    article.attachments.append(attachment)
    return attachment.path
