"""Tables of the attachments. Rows are added, never changed, but for the marks of erasure and hold."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l


class Blob(models.Model):
    """文件内容。Bytes by their digest; attached once or many times, they lie on the disk once."""

    class Scan(models.TextChoices):
        CLEAN = "clean", _l("已查杀，未发现病毒")
        NOT_SCANNED = "not_scanned", _l("未查杀")

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    sm3 = models.CharField("SM3", max_length=64)
    size_bytes = models.PositiveBigIntegerField(_l("大小（字节）"))
    scan = models.CharField(_l("病毒查杀"), max_length=12, choices=Scan)
    stored_at = models.DateTimeField(_l("存入时间"))
    removed_at = models.DateTimeField(_l("删除时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("文件内容")
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="bytes_stay",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.sha256, NEW.sm3, NEW.size_bytes, NEW.stored_at)
                        IS DISTINCT FROM (OLD.sha256, OLD.sm3, OLD.size_bytes, OLD.stored_at)
                        OR (OLD.scan = 'clean' AND NEW.scan <> 'clean')
                    THEN RAISE EXCEPTION 'a stored file cannot change'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:16]


@pghistory.track(pghistory.UpdateEvent())
class Attachment(models.Model):
    """附件。One file under one name at one record; holding and erasing leave a trail."""

    number = models.CharField(_l("附件编号"), max_length=24, unique=True)
    owner_kind = models.CharField(_l("所属类别"), max_length=40)
    owner_id = models.CharField(_l("所属记录"), max_length=60)
    org_path = models.CharField(_l("单位路径"), max_length=200, default="")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="attachments", verbose_name=_l("文件内容"))
    name = models.CharField(_l("文件名"), max_length=150)
    media_type = models.CharField(_l("类型"), max_length=100)
    added_by = models.CharField(_l("上传人"), max_length=120)
    added_at = models.DateTimeField(_l("上传时间"))
    keep_until = models.DateField(_l("保存期限"), null=True, blank=True)
    held_because = models.CharField(_l("暂缓销毁原因"), max_length=200, blank=True)
    erased_at = models.DateTimeField(_l("销毁时间"), null=True, blank=True)
    erased_by = models.CharField(_l("销毁人"), max_length=120, blank=True)
    erased_because = models.CharField(_l("销毁依据"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("附件")
        ordering = ["pk"]
        indexes = [
            models.Index(name="files_of_record", fields=["owner_kind", "owner_id"]),
            models.Index(name="files_of_org", fields=["org_path"], opclasses=["varchar_pattern_ops"]),
            models.Index(name="files_due", fields=["keep_until"], condition=Q(erased_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="files_erased_says_why",
                condition=Q(erased_at__isnull=True, erased_by="", erased_because="")
                | (Q(erased_at__isnull=False, held_because="") & ~Q(erased_by="") & ~Q(erased_because="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="added_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.number, NEW.owner_kind, NEW.owner_id, NEW.org_path, NEW.blob_id, NEW.name, NEW.media_type,
                        NEW.added_by, NEW.added_at, NEW.keep_until)
                        IS DISTINCT FROM
                        (OLD.number, OLD.owner_kind, OLD.owner_id, OLD.org_path, OLD.blob_id, OLD.name, OLD.media_type,
                        OLD.added_by, OLD.added_at, OLD.keep_until)
                        OR OLD.erased_at IS NOT NULL
                    THEN RAISE EXCEPTION 'an attachment cannot change'; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Retention(models.Model):
    """保存期限规则。Overrides how long attachments of a kind of record are kept, from now on."""

    kind = models.CharField(_l("所属类别"), max_length=40, unique=True)
    years = models.PositiveSmallIntegerField(_l("保存年数"), null=True, blank=True, help_text=_l("留空为永久保存"))
    basis = models.CharField(_l("依据"), max_length=200)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("保存期限规则")
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.kind
