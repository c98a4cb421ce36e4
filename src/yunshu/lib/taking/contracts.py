"""Who may see and who may take over."""

from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

TAKING_VIEW = declare("taking.run.view", label("查看数据接管"))
TAKING_EDIT = declare("taking.run.edit", label("接管数据与撤销接管"))
