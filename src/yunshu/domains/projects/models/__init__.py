"""Tables of projects."""

from yunshu.domains.projects.models.projects import Project

__all__ = ["Project"]
