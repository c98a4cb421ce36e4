"""流程 — flows, deadlines, the shared worklist 待办, reminders and supervision 督办."""
